#pragma once

#include <filesystem>

#include "common/error.hpp"
#include "loadgen/profile/profile.hpp"

namespace hopcost::overhead {

/// Puts what loadgen wrote into `folder` with --format inference-perf,llm-d where llm-d's
/// benchmark has it: *_lifecycle_metrics.json and config.yaml beside run.json, of those only what
/// the profile's report asks for; a `benchmark_report,_stage_N_lifecycle_metrics.json.yaml` for
/// each stage; and analysis/ with latency_vs_qps, throughput_vs_qps and throughput_vs_latency as
/// SVG and PNG. What is not there, of a run that was stopped, is passed over.
[[nodiscard]] Result<void> put_lifecycle_files(const std::filesystem::path& folder,
                                               const loadgen::Profile& wanted);

}  // namespace hopcost::overhead
