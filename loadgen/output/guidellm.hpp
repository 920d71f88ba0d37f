#pragma once

#include <string>

#include "loadgen/record.hpp"

namespace hopcost::loadgen {

/// GuideLLM's report, version 2.
[[nodiscard]] std::string guidellm_json(const RunRecord& record);
/// The table that GuideLLM 0.3 prints, unwrapped.
[[nodiscard]] std::string guidellm_table(const RunRecord& record);

}  // namespace hopcost::loadgen
