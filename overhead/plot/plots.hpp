#pragma once

#include <map>
#include <string>

#include "overhead/output/record_reading.hpp"

namespace hopcost::overhead {

/// Every picture of a run by the file's name without its ending, as SVG: what is added against
/// load, both arms' levels, and, under the names that llama-stack's benchmark and llm-d's analysis
/// gave theirs, latency against concurrency by backend replicas (one line for each number of
/// instances of the stack, one for the backend alone) and against rates. docs/report.md lists them.
[[nodiscard]] std::map<std::string, std::string> plots_of(const ReadStudy& study);

}  // namespace hopcost::overhead
