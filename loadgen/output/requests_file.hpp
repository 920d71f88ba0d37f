#pragma once

#include <string>

#include "loadgen/record.hpp"

namespace hopcost::loadgen {

/// The requests that were kept one by one, as JSON lines in the order they were sent: names of
/// target, model and class, points in time as ns since the epoch (null: never reached), tokens,
/// status, attempts, and the failure.
[[nodiscard]] std::string requests_jsonl(const RunRecord& record);

}  // namespace hopcost::loadgen
