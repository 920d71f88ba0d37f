#include "loadgen/suite/target.hpp"

#include <array>
#include <string_view>

#include <fmt/format.h>

#include "common/environment.hpp"
#include "loadgen/suite/entries.hpp"

namespace hopcost::loadgen {
namespace {

/// What a reader of the report wants to know; nothing here changes what is sent.
constexpr std::array<std::string_view, 7> kFacts{
    "accelerator", "backend", "expected_concurrency", "zone", "routing", "prefix_caching", "notes"};

Target decode_target(const std::string& key, const YamlNode& node) {
  auto fields = node.fields();
  Target target;
  target.key = key;
  target.name = key;
  if (const auto name = fields.take("name")) target.name = name->as_string();
  target.base_url = fields.require("base_url").as_string();
  target.model = fields.require("model").as_string();
  if (const auto models = fields.take("supported_models")) {
    for (const auto& model : models->items()) target.supported_models.push_back(model.as_string());
  }
  if (const auto most = fields.take("max_tokens")) {
    constexpr int kMost = 1'000'000;
    target.max_tokens = static_cast<int>(most->as_int(1, kMost));
  }
  if (const auto timeout = fields.take("timeout")) target.timeout = seconds_of(*timeout);
  if (const auto variable = fields.take("api_key_env")) target.api_key_env = variable->as_string();
  for (const auto fact : kFacts) {
    if (const auto value = fields.take(fact)) {
      target.facts.emplace_back(fact, value->as_string());
    }
  }
  fields.finish();
  return target;
}

}  // namespace

Result<std::string> Target::url() const {
  auto url = with_environment(base_url);
  if (url) return std::move(*url);
  return fail(ErrorCode::usage,
              fmt::format("target {}: its address is in no file: set {} to it, or name it with "
                          "--base-url",
                          key, url.error()));
}

std::vector<Target> decode_targets(const YamlNode& root) {
  std::vector<Target> targets;
  for (const auto& [key, node] : root.entries()) targets.push_back(decode_target(key, node));
  return targets;
}

Result<Target> find_target(const std::filesystem::path& file, const std::string& key) {
  return find_entry<Target>(file, "target", key, decode_targets);
}

}  // namespace hopcost::loadgen
