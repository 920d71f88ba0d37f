#pragma once

#include <optional>
#include <string>
#include <vector>

#include "overhead/experiment.hpp"

namespace hopcost::overhead {

enum class Subcommand { run, stacks, calibrate, gate };

/// `overhead calibrate`: added delays to recover, and how often.
struct CalibrateOptions {
  std::vector<Nanos> delays{100 * kMicrosecond, 500 * kMicrosecond, 2 * kMillisecond};
  int restarts = 6;
  int rounds = 4;
  int null_intervals = 0;  ///< also this many intervals of baseline2 - baseline
};

/// `overhead gate`.
struct GateOptions {
  std::string run;     ///< results folder, or its run.json
  std::string budget;  ///< file with the budgets
  bool explain = false;
};

/// An overhead command line.
struct Program {
  Subcommand subcommand = Subcommand::run;
  Experiment experiment;  ///< the file, with flags laid over it
  CalibrateOptions calibrate;
  GateOptions gate;
  std::string output;  ///< results folder; empty: results/<name>-<time>; of a gate: the run's
  bool quiet = false;
  std::string command_line;
};

/// Nothing when the program should go on with `program`, else its exit code.
[[nodiscard]] std::optional<int> parse_options(int argc, const char* const* argv, Program& program);

}  // namespace hopcost::overhead
