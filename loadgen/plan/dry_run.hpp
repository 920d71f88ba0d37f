#pragma once

#include <string>

#include "common/error.hpp"
#include "loadgen/options.hpp"

namespace hopcost::loadgen {

/// What a run would send: its first and last requests, totals, and what they need. Sends nothing.
[[nodiscard]] Result<std::string> dry_run(const Options& options);

/// Little's law: a rate needs rate x latency requests under way. An Error, of code not_valid,
/// where the highest rate of the run needs more than it may have, by the latency of a few requests
/// sent beforehand; with what would do.
[[nodiscard]] Result<void> check_little(const Options& options);

}  // namespace hopcost::loadgen
