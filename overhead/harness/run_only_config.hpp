#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/clock.hpp"
#include "common/error.hpp"
#include "common/yaml.hpp"

namespace hopcost::overhead {

/// Where launcher pods drive the endpoint from within its cluster.
struct RunOnlyCluster {
  std::string name_space;  ///< of the pods
  std::string kubectl = "kubectl";
  std::string results_pvc;   ///< mounted at /requests
  std::string image;         ///< with `overhead` in it
  std::string cpus = "1";    ///< that each pod asks for and may use
  std::string token_secret;  ///< whose key HF_TOKEN the pods get; empty: none
  std::string dataset_url;   ///< fetched to /workload before the first workload; empty: none
};

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
  std::optional<RunOnlyCluster> cluster;  ///< where harness.image is given; nothing: this machine
  std::vector<std::pair<std::string, YamlNode>> workloads;  ///< load profiles by name, in order
};

/// Who drives the endpoint: this machine or launcher pods. As the file says: pods, where it has
/// harness.image and the endpoint's address does not mean the machine that asks (127.0.0.1).
enum class Drive { as_said, here, pods };

/// Reads it. Variables ($NAME, ${NAME}) are filled in where a value is used; for this machine what
/// is about a cluster alone (namespace, results_pvc, image, hf_token_secret, kubectl) is not. A
/// workload without keys is that of configs/workloads. Profiles without model_name or base_url get
/// the endpoint's. An Error names the file, the line and the field.
[[nodiscard]] Result<RunOnlyConfig> load_run_only(const std::filesystem::path& file,
                                                  Drive drive = Drive::as_said);

/// The config.yaml that load_run_only reads to the same, but for the cluster.
[[nodiscard]] std::string to_yaml(const RunOnlyConfig& config);

}  // namespace hopcost::overhead
