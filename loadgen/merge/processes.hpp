#pragma once

#include "common/error.hpp"
#include "loadgen/measure/result.hpp"
#include "loadgen/options.hpp"

namespace hopcost::loadgen {

/// Runs the load as `processes` processes on this host, each with its own threads and its share of
/// the connections and of the schedule, all from the same instant, and merges what they give. Call
/// it while the process has one thread. Histograms go through their 0.8 % form; requests are not
/// kept one by one. Signals are taken by every process.
[[nodiscard]] Result<RunResult> run_processes(const Options& options, int processes);

}  // namespace hopcost::loadgen
