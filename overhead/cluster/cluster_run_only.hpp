#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "overhead/harness/run_only.hpp"

namespace hopcost::overhead {

/// The same as run_only() from within a cluster: `parallelism` launcher pods named
/// lmdbench-HARNESS-ID-launcher each send every workload, their results stay on the volume under
/// /requests and are copied into the working folder, which has to be given. Pods and ConfigMap are
/// gone afterwards unless they are to be kept. `config.cluster` is there. An Error says what keeps
/// the pods from it.
[[nodiscard]] Result<std::vector<WorkloadOutcome>> run_only_on_cluster(
    const RunOnlyConfig& config, const RunOnlyOptions& options, const std::stop_token& stop,
    const std::function<void(const std::string&)>& say);

}  // namespace hopcost::overhead
