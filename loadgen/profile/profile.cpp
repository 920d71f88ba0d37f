#include "loadgen/profile/profile.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

#include "common/folders.hpp"
#include "loadgen/profile/profile_data.hpp"
#include "loadgen/profile/profile_load.hpp"

namespace hopcost::loadgen {
namespace {

void decode_api(const YamlNode& node, Profile& profile) {
  auto fields = node.fields();
  if (const auto type = fields.take("type")) {
    const auto name = type->as_string();
    if (name != "completion" && name != "chat") type->complain("must be completion or chat");
    set(profile.rest, "api", name == "chat" ? "chat" : "completions");
  }
  if (const auto streaming = fields.take("streaming")) {
    set(profile.rest, "stream", streaming->as_bool() ? "true" : "false");
  }
  if (const auto headers = fields.take("headers"); headers && !headers->is_null()) {
    std::vector<std::string> all;
    for (const auto& [name, value] : headers->entries()) {
      all.push_back(fmt::format("{}: {}", name, value.as_string()));
    }
    profile.rest.emplace_back("header", all);
  }
  fields.finish();
}

void decode_server(const YamlNode& node, Profile& profile) {
  auto fields = node.fields();
  (void)fields.take("type");  // they all speak the same interface
  if (const auto model = fields.take("model_name")) {
    set(profile.rest, "model", model->as_string());
  }
  if (const auto url = fields.take("base_url")) set(profile.rest, "url", url->as_string());
  const auto ignore_eos = fields.take("ignore_eos");
  // Its default; answers of the length that was asked for.
  if (!ignore_eos || ignore_eos->as_bool()) set(profile.rest, "ignore-eos", "true");
  const auto key = fields.take("api_key");
  if (key && !key->is_null() && !key->as_string().empty()) {
    key->complain("a key does not belong into a file: name its variable with --api-key-env");
  }
  fields.finish();
}

void decode_tokenizer(const YamlNode& node, Profile& profile) {
  auto fields = node.fields();
  if (const auto name = fields.take("pretrained_model_name_or_path")) {
    set(profile.rest, "tokenizer", name->as_string());
  }
  (void)fields.take("trust_remote_code");  // none is loaded
  (void)fields.take("token");
  fields.finish();
}

void decode_report(const YamlNode& node, Profile& profile) {
  auto fields = node.fields();
  if (const auto lifecycle = fields.take("request_lifecycle")) {
    auto parts = lifecycle->fields();
    if (const auto on = parts.take("summary")) profile.summary = on->as_bool();
    if (const auto on = parts.take("per_stage")) profile.per_stage = on->as_bool();
    if (const auto on = parts.take("per_request")) profile.per_request = on->as_bool();
    (void)parts.take("percentiles");  // its usual ones are written
    parts.finish();
  }
  (void)fields.take("prometheus");  // what the server says of itself is not asked for
  fields.finish();
}

/// Where results go is said by --output; only that it would be on this machine is looked at.
void decode_storage(const YamlNode& node) {
  auto fields = node.fields();
  (void)fields.take("local_storage");
  fields.finish();
}

}  // namespace

bool is_profile(const YamlNode& root) {
  constexpr std::array<std::string_view, 3> kOurs{"load", "data", "server"};
  return root.is_map() && std::ranges::any_of(kOurs, [&](std::string_view key) {
           const auto part = root.fields().take(key);
           return part && part->is_map();
         });
}

Profile decode_profile(const YamlNode& root) {
  auto fields = root.fields();
  Profile profile;
  std::uint64_t requests = 0;
  if (const auto load = fields.take("load")) requests = decode_load(*load, profile.load);
  if (const auto api = fields.take("api")) decode_api(*api, profile);
  if (const auto server = fields.take("server")) decode_server(*server, profile);
  if (const auto tokenizer = fields.take("tokenizer")) decode_tokenizer(*tokenizer, profile);
  if (const auto data = fields.take("data")) decode_data(*data, profile.requests);
  if (const auto report = fields.take("report")) decode_report(*report, profile);
  if (const auto storage = fields.take("storage")) decode_storage(*storage);
  (void)fields.take("metrics");  // the server's own, beside the load
  fields.finish();
  if (profile.per_request) set(profile.rest, "record", std::to_string(requests));
  return profile;
}

Result<YamlNode> load_profile(const std::string& name_or_file) {
  if (name_or_file.find_first_of("./") != std::string::npos) return load_yaml(name_or_file);
  const auto files = yaml_files_of("workloads");
  if (!files) return std::unexpected(files.error());
  std::string names;
  for (const auto& file : *files) {
    if (file.stem() == name_or_file) return load_yaml(file);
    names += fmt::format(" {}", file.stem().string());
  }
  return fail(ErrorCode::usage, fmt::format("no workload '{}'; there are:{}", name_or_file, names));
}

Result<void> change_values(YamlNode& root, const std::vector<std::string>& changes) {
  for (const auto& change : changes) {
    const auto equals = change.find('=');
    if (equals == std::string::npos || equals == 0) {
      return fail(ErrorCode::usage, fmt::format("--override: '{}' is not KEY=VALUE", change));
    }
    const auto key = change.substr(0, equals);
    auto value = catch_errors([&] { return root.at(key); });
    if (!value) return std::unexpected(value.error());
    if (!*value || (*value)->is_map() || (*value)->is_sequence()) {
      return fail(
          ErrorCode::usage,
          fmt::format("--override: there is no value {} in it (keys with dots between them, "
                      "such as data.shared_prefix.output_len)",
                      key));
    }
    (*value)->set(change.substr(equals + 1));
  }
  return {};
}

}  // namespace hopcost::loadgen
