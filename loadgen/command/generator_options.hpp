#pragma once

#include <string>
#include <vector>

#include "common/error.hpp"
#include "loadgen/options.hpp"

namespace CLI {
class App;
}

namespace hopcost::loadgen {

/// What the command line says about threads and processes, before it is checked.
struct RawGenerator {
  std::string cpus;
  std::string idle = "block";
  std::string share;
  std::string start_at;
};

void add_generator_options(CLI::App& group, RawGenerator& raw, Program& program);

/// The load has to be known.
[[nodiscard]] Result<void> read_generator(const RawGenerator& raw, Program& program);

}  // namespace hopcost::loadgen
