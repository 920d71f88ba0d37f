#include "overhead/harness/run_only_config.hpp"

#include <cmath>
#include <sstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/endpoint.hpp"
#include "loadgen/profile/profile.hpp"

namespace hopcost::overhead {
namespace {

constexpr int kMostProcesses = 256;
constexpr double kLongestWaitS = 1e7;

std::string filled(YamlNode node) {
  node.fill_in_environment();
  return node.as_string();
}

using RawText = std::optional<YamlNode>;

/// What is said of a cluster, here and there in the file.
struct ClusterFields {
  RawText name_space;
  RawText harness_namespace;
  RawText kubectl;
  RawText results_pvc;
  RawText image;
  RawText cpus;
  RawText token_secret;
  RawText dataset_url;
};

/// The text of a field, as it stands there: what is about a cluster is not filled in before it is
/// known that there is one.
void text_in(YamlFields& fields, const char* key, RawText& text) {
  if (auto node = fields.take(key); node && !node->is_null()) text = std::move(*node);
}

void decode_endpoint(const YamlNode& node, RunOnlyConfig& config, ClusterFields& cluster) {
  auto fields = node.fields();
  config.stack_name = filled(fields.require("stack_name"));
  config.model = filled(fields.require("model"));
  const auto url = fields.require("base_url");
  config.base_url = filled(url);
  if (const auto parsed = parse_api_base(config.base_url, Schemes::http_and_https); !parsed) {
    url.complain(parsed.error().message);
  }
  text_in(fields, "namespace", cluster.name_space);
  text_in(fields, "hf_token_secret", cluster.token_secret);
  fields.finish();
}

void decode_control(const YamlNode& node, RunOnlyConfig& config, ClusterFields& cluster) {
  auto fields = node.fields();
  if (const auto folder = fields.take("work_dir"); folder && !folder->is_null()) {
    config.work_dir = filled(*folder);
  }
  text_in(fields, "kubectl", cluster.kubectl);
  fields.finish();
}

void decode_harness(const YamlNode& node, RunOnlyConfig& config, ClusterFields& cluster) {
  auto fields = node.fields();
  if (const auto name = fields.take("name")) config.harness = filled(*name);
  if (auto count = fields.take("parallelism")) {
    count->fill_in_environment();
    config.parallelism = static_cast<int>(count->as_int(1, kMostProcesses));
  }
  if (auto limit = fields.take("wait_timeout")) {
    limit->fill_in_environment();
    const double seconds = limit->as_double();
    if (!(seconds >= 0) || seconds > kLongestWaitS) {
      limit->complain(fmt::format("must be from 0 to {:g} seconds", kLongestWaitS));
    }
    config.wait_timeout = static_cast<Nanos>(std::llround(seconds * 1e9));
  }
  text_in(fields, "dataset_url", cluster.dataset_url);
  text_in(fields, "results_pvc", cluster.results_pvc);
  text_in(fields, "namespace", cluster.harness_namespace);
  text_in(fields, "image", cluster.image);
  text_in(fields, "cpus", cluster.cpus);
  fields.finish();
}

std::optional<RunOnlyCluster> cluster_of(const ClusterFields& fields) {
  if (!fields.image) {
    if (fields.dataset_url) {
      fields.dataset_url->complain(
          "files are not fetched here: name one that is here, in the workload's data.path");
    }
    return std::nullopt;
  }
  RunOnlyCluster cluster;
  cluster.image = filled(*fields.image);
  const auto& where = fields.harness_namespace ? fields.harness_namespace : fields.name_space;
  if (!where) fields.image->complain("an image is for a cluster: namespace is missing");
  cluster.name_space = filled(*where);
  if (!fields.results_pvc)
    fields.image->complain("an image is for a cluster: results_pvc is missing");
  cluster.results_pvc = filled(*fields.results_pvc);
  if (fields.kubectl) cluster.kubectl = filled(*fields.kubectl);
  if (fields.cpus) cluster.cpus = filled(*fields.cpus);
  if (fields.token_secret) cluster.token_secret = filled(*fields.token_secret);
  if (fields.dataset_url) cluster.dataset_url = filled(*fields.dataset_url);
  return cluster;
}

void decode_environment(const YamlNode& node, RunOnlyConfig& config) {
  if (node.is_null()) return;
  for (const auto& item : node.items()) {
    auto fields = item.fields();
    auto name = fields.require("name").as_string();
    config.environment.emplace_back(std::move(name), filled(fields.require("value")));
    fields.finish();
  }
}

YamlNode document(const std::string& text) {
  return *parse_yaml(text, "");
}

YamlNode text_node(const std::string& text) {
  auto node = document("''");
  node.set(text);
  return node;
}

YamlNode with_endpoint(YamlNode profile, const RunOnlyConfig& config) {
  if (const auto there = profile.at("server"); !there || there->is_null()) {
    profile.set("server", document("{}"));
  }
  auto server = *profile.at("server");
  if (!server.is_map()) server.complain("must be a map of names to values");
  if (!server.at("model_name")) server.set("model_name", text_node(config.model));
  if (!server.at("base_url")) server.set("base_url", text_node(config.base_url));
  return profile;
}

void decode_workloads(const YamlNode& node, RunOnlyConfig& config) {
  for (const auto& [name, part] : node.entries()) {
    YamlNode profile = part;
    if (part.is_null()) {
      const auto known = loadgen::load_profile(name);
      if (!known) part.complain(known.error().to_string());
      profile = *known;
    }
    if (!profile.is_map()) part.complain("must be a load profile, or nothing for one by its name");
    profile.fill_in_environment();
    config.workloads.emplace_back(name, with_endpoint(profile, config));
  }
  if (config.workloads.empty()) node.complain("names no workload");
}

/// An address that means this machine here, and in a pod the pod.
bool is_loopback(const std::string& base_url) {
  const auto api = parse_api_base(base_url, Schemes::http_and_https);
  if (!api) return false;
  const auto& host = api->address.host;
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

RunOnlyConfig decode(const YamlNode& root, Drive drive) {
  auto fields = root.fields();
  RunOnlyConfig config;
  ClusterFields cluster;
  decode_endpoint(fields.require("endpoint"), config, cluster);
  if (const auto control = fields.take("control"); control && !control->is_null()) {
    decode_control(*control, config, cluster);
  }
  if (const auto harness = fields.take("harness"); harness && !harness->is_null()) {
    decode_harness(*harness, config, cluster);
  }
  if (drive == Drive::here || (drive == Drive::as_said && is_loopback(config.base_url))) {
    cluster.image.reset();
  }
  config.cluster = cluster_of(cluster);
  if (const auto variables = fields.take("env")) decode_environment(*variables, config);
  decode_workloads(fields.require("workload"), config);
  fields.finish();
  return config;
}

}  // namespace

std::string to_yaml(const RunOnlyConfig& config) {
  const auto quoted = [](const std::string& text) { return nlohmann::json(text).dump(); };
  std::string out = fmt::format(
      "endpoint: {{stack_name: {}, model: {}, base_url: {}}}\n"
      "harness: {{name: {}, parallelism: {}, wait_timeout: {:.9g}}}\n",
      quoted(config.stack_name), quoted(config.model), quoted(config.base_url),
      quoted(config.harness), config.parallelism, in_seconds(config.wait_timeout));
  if (!config.work_dir.empty()) {
    out += fmt::format("control: {{work_dir: {}}}\n", quoted(config.work_dir.string()));
  }
  if (!config.environment.empty()) out += "env:\n";
  for (const auto& [name, value] : config.environment) {
    out += fmt::format("  - {{name: {}, value: {}}}\n", quoted(name), quoted(value));
  }
  out += "workload:\n";
  for (const auto& [name, profile] : config.workloads) {
    out += fmt::format("  {}:\n", quoted(name));
    std::istringstream lines(profile.text());
    for (std::string line; std::getline(lines, line);) out += fmt::format("    {}\n", line);
  }
  return out;
}

Result<RunOnlyConfig> load_run_only(const std::filesystem::path& file, Drive drive) {
  const auto root = load_yaml(file);
  if (!root) return std::unexpected(root.error());
  return catch_errors([&] { return decode(*root, drive); });
}

}  // namespace hopcost::overhead
