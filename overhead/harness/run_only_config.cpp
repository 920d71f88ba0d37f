#include "overhead/harness/run_only_config.hpp"

#include <cmath>

#include <fmt/format.h>

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

void decode_endpoint(const YamlNode& node, RunOnlyConfig& config) {
  auto fields = node.fields();
  config.stack_name = filled(fields.require("stack_name"));
  config.model = filled(fields.require("model"));
  const auto url = fields.require("base_url");
  config.base_url = filled(url);
  if (const auto parsed = parse_api_base(config.base_url, Schemes::http_and_https); !parsed) {
    url.complain(parsed.error().message);
  }
  (void)fields.take("namespace");
  (void)fields.take("hf_token_secret");
  fields.finish();
}

void decode_control(const YamlNode& node, RunOnlyConfig& config) {
  auto fields = node.fields();
  if (const auto folder = fields.take("work_dir"); folder && !folder->is_null()) {
    config.work_dir = filled(*folder);
  }
  (void)fields.take("kubectl");
  fields.finish();
}

void decode_harness(const YamlNode& node, RunOnlyConfig& config) {
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
  if (const auto url = fields.take("dataset_url"); url && !url->is_null()) {
    url->complain("files are not fetched: name one that is here, in the workload's data.path");
  }
  (void)fields.take("results_pvc");
  (void)fields.take("namespace");
  (void)fields.take("image");
  fields.finish();
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

RunOnlyConfig decode(const YamlNode& root) {
  auto fields = root.fields();
  RunOnlyConfig config;
  decode_endpoint(fields.require("endpoint"), config);
  if (const auto control = fields.take("control"); control && !control->is_null()) {
    decode_control(*control, config);
  }
  if (const auto harness = fields.take("harness"); harness && !harness->is_null()) {
    decode_harness(*harness, config);
  }
  if (const auto variables = fields.take("env")) decode_environment(*variables, config);
  decode_workloads(fields.require("workload"), config);
  fields.finish();
  return config;
}

}  // namespace

Result<RunOnlyConfig> load_run_only(const std::filesystem::path& file) {
  const auto root = load_yaml(file);
  if (!root) return std::unexpected(root.error());
  return catch_errors([&] { return decode(*root); });
}

}  // namespace hopcost::overhead
