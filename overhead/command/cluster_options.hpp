#pragma once

#include "overhead/command/options.hpp"

namespace CLI {
class App;
}

namespace hopcost::overhead {

void bind_cluster(CLI::App& app, ClusterOptions& options);
void bind_meter(CLI::App& app, MeterOptions& options);

}  // namespace hopcost::overhead
