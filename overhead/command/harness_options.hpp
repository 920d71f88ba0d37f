#pragma once

#include "overhead/command/options.hpp"

namespace CLI {
class App;
}

namespace hopcost::overhead {

void bind_run_only(CLI::App& app, Program& program);
void bind_harnesses(CLI::App& app, Program& program);

}  // namespace hopcost::overhead
