#pragma once

#include <string>

#include "common/error.hpp"
#include "loadgen/suite/suite.hpp"

namespace CLI {
class App;
}

namespace hopcost::loadgen {

/// What the command line says about targets and scenarios.
struct RawSuite {
  std::string target;
  std::string targets_file;
  std::string scenario;
  std::string scenarios_file;
  std::string run_time;
  bool all_models = false;
  double time_scale = 1;
};

void add_suite_options(CLI::App& group, RawSuite& raw);

/// Gives the options of `app` that nobody has set the values that the target and the scenario have
/// for them. An Error names what is not there, or cannot be combined.
[[nodiscard]] Result<Suite> apply_suite(CLI::App& app, const RawSuite& raw);

}  // namespace hopcost::loadgen
