#include "overhead/cluster/launcher_pods.hpp"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace hopcost::overhead {
namespace {

using nlohmann::json;

constexpr int kUser = 65532;  // as the image has it
constexpr const char* kMemory = "512Mi";
/// It waits to be told (kubectl exec), and ends at once when it is told to.
constexpr const char* kWait = "trap 'exit 0' TERM; while :; do sleep 3600 & wait; done";

/// Lower case, digits and dashes, as names of objects are.
std::string plain(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) {
    return std::isalnum(c) != 0 ? static_cast<char>(std::tolower(c)) : '-';
  });
  return text;
}

json labels_of(const std::string& id) {
  return {{"app.kubernetes.io/part-of", "hopcost"}, {"hopcost/run", "lmdbench-" + id}};
}

/// What one of several does: its results have its number behind their names.
RunOnlyConfig share_of(RunOnlyConfig config, int index) {
  if (config.parallelism > 1) config.stack_name += fmt::format("_{}", index + 1);
  config.parallelism = 1;
  config.work_dir = kRequestsFolder;
  return config;
}

json pod_of(const RunOnlyConfig& config, const std::string& id, int index, Nanos deadline) {
  const auto& cluster = *config.cluster;
  const auto name = launcher_name(config, id, index);
  const json resources{{"cpu", cluster.cpus}, {"memory", kMemory}};
  json variables = json::array();
  if (!cluster.token_secret.empty()) {
    variables.push_back(
        {{"name", "HF_TOKEN"},
         {"valueFrom",
          {{"secretKeyRef",
            {{"name", cluster.token_secret}, {"key", "HF_TOKEN"}, {"optional", true}}}}}});
  }
  const auto mount = [](const char* volume, const char* path) {
    return json{{"name", volume}, {"mountPath", path}};
  };
  const json container{{"name", "launcher"},
                       {"image", cluster.image},
                       {"imagePullPolicy", "IfNotPresent"},
                       {"command", {"sh", "-c", kWait}},
                       {"env", variables},
                       {"resources", {{"requests", resources}, {"limits", resources}}},
                       {"securityContext",
                        {{"allowPrivilegeEscalation", false},
                         {"readOnlyRootFilesystem", true},
                         {"capabilities", {{"drop", {"ALL"}}}}}},
                       {"volumeMounts",
                        {mount("requests", kRequestsFolder), mount("workload", kWorkloadFolder),
                         mount("config", "/config"), mount("tmp", "/tmp")}}};
  auto labels = labels_of(id);
  labels["app"] = name;
  labels["hopcost/role"] = "run-only";
  json pod{
      {"apiVersion", "v1"},
      {"kind", "Pod"},
      {"metadata", {{"name", name}, {"labels", labels}}},
      {"spec",
       {{"restartPolicy", "Never"},
        {"automountServiceAccountToken", false},
        {"enableServiceLinks", false},
        {"terminationGracePeriodSeconds", 5},
        {"securityContext",
         {{"runAsNonRoot", true},
          {"fsGroup", kUser},
          {"seccompProfile", {{"type", "RuntimeDefault"}}}}},
        {"containers", json::array({container})},
        {"volumes",
         {{{"name", "requests"}, {"persistentVolumeClaim", {{"claimName", cluster.results_pvc}}}},
          {{"name", "workload"}, {"emptyDir", json::object()}},
          {{"name", "tmp"}, {"emptyDir", json::object()}},
          {{"name", "config"}, {"configMap", {{"name", "lmdbench-" + id}}}}}}}}};
  if (deadline > 0) pod["spec"]["activeDeadlineSeconds"] = deadline / kSecond;
  return pod;
}

}  // namespace

std::string launcher_name(const RunOnlyConfig& config, const std::string& id, int index) {
  const auto number = config.parallelism > 1 ? fmt::format("-{}", index + 1) : std::string();
  return fmt::format("lmdbench-{}-{}{}-launcher", plain(config.harness), id, number);
}

json launchers_json(const RunOnlyConfig& config, const std::string& id, Nanos deadline) {
  json files = json::object();
  json items = json::array();
  for (int i = 0; i < config.parallelism; ++i) {
    files[launcher_name(config, id, i)] = to_yaml(share_of(config, i));
    items.push_back(pod_of(config, id, i, deadline));
  }
  items.insert(items.begin(),
               json{{"apiVersion", "v1"},
                    {"kind", "ConfigMap"},
                    {"metadata", {{"name", "lmdbench-" + id}, {"labels", labels_of(id)}}},
                    {"data", files}});
  return {{"apiVersion", "v1"}, {"kind", "List"}, {"items", items}};
}

}  // namespace hopcost::overhead
