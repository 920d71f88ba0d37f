#pragma once

#include <stop_token>

#include "common/error.hpp"
#include "loadgen/measure/result.hpp"
#include "loadgen/options.hpp"

namespace hopcost::loadgen {

class Watcher;

/// Drives the targets as `options` say and returns what was measured; blocks until it is over. An
/// Error names a target that cannot be reached, or the line of a dataset. When `stop` is requested
/// the run ends early and its result is marked; `watcher` hears of every second and lives longer.
[[nodiscard]] Result<RunResult> run(const Options& options, const std::stop_token& stop = {},
                                    Watcher* watcher = nullptr);

}  // namespace hopcost::loadgen
