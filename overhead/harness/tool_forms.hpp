#pragma once

#include <nlohmann/json_fwd.hpp>

#include "overhead/harness/gathered.hpp"

namespace hopcost::overhead {

/// What each tool's file says, gathered: a whole document, or one line of it. What is not of that
/// form is passed over. Fields and units: docs/outputs.md.
void read_inference_perf(const nlohmann::json& document, Gathered& all);
void read_guidellm(const nlohmann::json& document, Gathered& all);
void read_vllm(const nlohmann::json& document, Gathered& all);
void read_aiperf_line(const nlohmann::json& line, Gathered& all);
/// OutcomeForm::lines.
void read_line(const nlohmann::json& line, Gathered& all);

}  // namespace hopcost::overhead
