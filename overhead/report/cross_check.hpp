#pragma once

#include <string>
#include <utility>
#include <vector>

#include "overhead/output/record_reading.hpp"

namespace hopcost::overhead {

/// Name and version of what drove a run's rounds: its harness, or "hopcost" with the version that
/// the record was written by.
[[nodiscard]] std::pair<std::string, std::string> driven_by(const ReadStudy& study);

/// The same cells as several load generators measured them, as Markdown: for each cell and quantity
/// a table with a line for each run, in the order given. What the tool reads of the backend alone
/// (its own floor), what the stack adds by it, what it cannot tell from nothing (null interval),
/// how that stands to the first run's (Welch's t over restarts), and its own CPU a request. What a
/// tool does not state has no line; where it stands nowhere, no table.
[[nodiscard]] std::string cross_check(const std::vector<ReadStudy>& runs);

}  // namespace hopcost::overhead
