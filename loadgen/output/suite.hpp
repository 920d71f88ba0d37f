#pragma once

#include <nlohmann/json.hpp>

#include "loadgen/record.hpp"

namespace hopcost::loadgen {

/// The LLM inference suite's JSON report of one run; docs/outputs.md says what each field holds.
[[nodiscard]] nlohmann::ordered_json suite_report(const RunRecord& record);

}  // namespace hopcost::loadgen
