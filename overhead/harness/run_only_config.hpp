#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "common/clock.hpp"
#include "common/error.hpp"
#include "common/yaml.hpp"

namespace hopcost::overhead {

/// What to send to an endpoint that runs, as the config.yaml of llm-d's run_only.sh says it: its
/// sections endpoint, control, harness, env and workload. Source: llm-d's page on running a
/// benchmark against a deployed stack.
struct RunOnlyConfig {
  std::string stack_name;  ///< for the names of results
  std::string model;
  std::string base_url;
  std::filesystem::path work_dir;  ///< where results go; empty: a new temporary folder
  std::string harness = "inference-perf";
  int parallelism = 1;                 ///< processes that each send the whole workload
  Nanos wait_timeout = 600 * kSecond;  ///< longest that a workload may take; 0: as long as it takes
  std::vector<std::pair<std::string, std::string>> environment;  ///< of the harness
  std::vector<std::pair<std::string, YamlNode>> workloads;  ///< load profiles by name, in order
};

/// Reads it. Variables ($NAME, ${NAME}) are filled in where a value is used here; what is about a
/// cluster alone (namespace, results_pvc, image, hf_token_secret, kubectl) is not looked at. A
/// workload without keys is that of configs/workloads. Profiles without model_name or base_url get
/// the endpoint's. An Error names the file, the line and the field.
[[nodiscard]] Result<RunOnlyConfig> load_run_only(const std::filesystem::path& file);

}  // namespace hopcost::overhead
