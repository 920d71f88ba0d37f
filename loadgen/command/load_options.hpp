#pragma once

#include <string>
#include <vector>

#include "common/error.hpp"
#include "loadgen/options.hpp"

namespace CLI {
class App;
}

namespace hopcost::loadgen {

/// What the command line says about when requests are sent, before it is checked.
struct RawLoad {
  std::string arrival = "constant";
  std::string stages;
  std::string think_time = "0";
  std::string spawn_rate;
  std::string sweep;
  std::string search;
};

void add_load_options(CLI::App& group, RawLoad& raw, Program& program);

/// What the requests are has to be known: a trace has a schedule of its own.
[[nodiscard]] Result<void> read_load(const RawLoad& raw, Program& program);

}  // namespace hopcost::loadgen
