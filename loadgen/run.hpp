#pragma once

#include <stop_token>

#include "common/error.hpp"
#include "loadgen/options.hpp"
#include "loadgen/result.hpp"

namespace hopcost::loadgen {

/// Runs one load to its end on threads of its own and returns what was measured. Every connection
/// is new and is closed at the end. A stop request ends it early with `cut_short`. An Error only
/// where nothing could be measured: a target that cannot be reached, CPUs that do not exist.
[[nodiscard]] Result<RunResult> run(const Options& options, const std::stop_token& stop = {});

}  // namespace hopcost::loadgen
