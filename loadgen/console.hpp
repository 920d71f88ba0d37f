#pragma once

#include <string>
#include <vector>

#include "loadgen/options.hpp"
#include "loadgen/result.hpp"

namespace hopcost::loadgen {

/// Why a run's figures must not be used; empty when they may. Codes as docs/measurement.md.
struct Fault {
  std::string code;
  std::string evidence;
};
[[nodiscard]] std::vector<Fault> find_faults(const Options& options, const RunResult& result);

/// The table a person reads after a run.
[[nodiscard]] std::string console_report(const Options& options, const RunResult& result);

}  // namespace hopcost::loadgen
