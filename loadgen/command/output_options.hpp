#pragma once

#include <string>
#include <vector>

#include "common/error.hpp"
#include "loadgen/options.hpp"

namespace CLI {
class App;
}

namespace hopcost::loadgen {

/// What the command line says about results, before it is checked.
struct RawOutput {
  std::vector<std::string> tags;
  std::string serve;
};

void add_output_options(CLI::App& group, RawOutput& raw, Program& program);

[[nodiscard]] Result<void> read_output(const RawOutput& raw, Program& program);

}  // namespace hopcost::loadgen
