#pragma once

#include "overhead/command/options.hpp"

namespace CLI {
class App;
}

namespace hopcost::overhead {

void bind_stacks(CLI::App& app, Program& program);
/// Where stacks with folders of their own lie: HOPCOST_STACKS_DIR is set to what the flag says.
void bind_stacks_folder(CLI::App& app);
/// An Error where flags contradict each other.
Result<void> finish_stacks(const StacksOptions& options);

}  // namespace hopcost::overhead
