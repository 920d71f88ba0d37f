#pragma once

#include <string>
#include <vector>

#include "common/error.hpp"

namespace CLI {
class App;
}

namespace hopcost::loadgen {

struct Options;

/// What the command line says about judging before it is checked.
struct RawJudging {
  std::vector<std::string> service_levels;
  std::vector<std::string> fail_if;
  std::vector<std::string> stop_if;
};

/// Adds the options about judging, and checks them afterwards.
void add_judging_options(CLI::App& group, RawJudging& raw);
[[nodiscard]] Result<void> read_judging(const RawJudging& raw, Options& run);

}  // namespace hopcost::loadgen
