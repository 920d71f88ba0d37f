#pragma once

#include <stop_token>

#include "loadgen/run.hpp"

namespace hopcost::loadgen {

/// run() with its stop conditions, and where `live` a line a second on standard error.
[[nodiscard]] Result<RunResult> run_watched(const Options& options, const std::stop_token& stop,
                                            bool live);

}  // namespace hopcost::loadgen
