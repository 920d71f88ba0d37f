#pragma once

#include <map>
#include <string>

#include "overhead/output/record_reading.hpp"

namespace hopcost::overhead {

/// SVG by the file's name without its ending; "cells/..." lie in a folder.
using Pictures = std::map<std::string, std::string>;

/// Every picture of a run: what is added against load and at a glance, distributions, throughput
/// and efficiency over workers and replicas, each cell from near, both arms' levels, and, under the
/// names that llama-stack's benchmark and llm-d's analysis gave theirs, latency against concurrency
/// by backend replicas (one line for each number of instances of the stack, one for the backend
/// alone) and against rates. docs/report.md lists them.
[[nodiscard]] Pictures plots_of(const ReadStudy& study);

}  // namespace hopcost::overhead
