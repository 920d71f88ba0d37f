#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "overhead/harness/run_only_config.hpp"

namespace hopcost::overhead {

/// Where a launcher pod finds what it is to do, and leaves what came of it.
inline constexpr const char* kRequestsFolder = "/requests";
inline constexpr const char* kWorkloadFolder = "/workload";

/// The name of launcher number `index` (from 0) of a run:
/// "lmdbench-inference-perf-1765442721-launcher", "lmdbench-inference-perf-1765442721-2-launcher"
/// where there are several.
[[nodiscard]] std::string launcher_name(const RunOnlyConfig& config, const std::string& id,
                                        int index);

/// A ConfigMap with what each launcher is to do (its keys are the launchers' names), and the pods
/// themselves, as `kubectl create` takes them: of Pod Security "restricted", Guaranteed, waiting to
/// be told, ended by the cluster after `deadline` (0: never).
[[nodiscard]] nlohmann::json launchers_json(const RunOnlyConfig& config, const std::string& id,
                                            Nanos deadline);

}  // namespace hopcost::overhead
