#pragma once

#include <stop_token>

#include "loadgen/run.hpp"

namespace hopcost::loadgen {

class LiveView;

/// run() with its stop conditions, and where `live` a line a second on standard error. `view`:
/// a live page that follows it.
[[nodiscard]] Result<RunResult> run_watched(const Options& options, const std::stop_token& stop,
                                            bool live, LiveView* view = nullptr);

}  // namespace hopcost::loadgen
