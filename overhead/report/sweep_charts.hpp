#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "common/error.hpp"
#include "loadgen/record.hpp"

namespace hopcost::overhead {

/// Load runs against a backend alone or a stack in front of it, told apart by their tags `target`
/// (`stack` or `vllm`), `stack_replicas` and `vllm_replicas`, as the pictures of llama-stack's
/// benchmark on Kubernetes: by file's name without its ending, as SVG. Of each number of backends
/// time to first token, time between chunks and request latency against concurrency (medians, with
/// intervals of each run's own requests, at the requests under way that were measured), and the
/// four panels; a line for each number of the stack's instances, one for the backend alone. Of
/// several runs with the same tags and load the latest counts. Runs without these tags are left
/// out.
[[nodiscard]] std::map<std::string, std::string> sweep_charts(
    const std::vector<loadgen::RunRecord>& runs);

/// The load runs in and below `folder`, which may be a run's own. A run.json of another kind is
/// passed over; an Error names one that cannot be read.
[[nodiscard]] Result<std::vector<loadgen::RunRecord>> load_runs_in(
    const std::filesystem::path& folder);

}  // namespace hopcost::overhead
