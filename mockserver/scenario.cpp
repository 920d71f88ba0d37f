#include "mockserver/scenario.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/units.hpp"

namespace hopcost::mockserver {
namespace {

using nlohmann::json;

[[noreturn]] void refuse(const std::string& key, std::string message) {
  throw ErrorException(Error{ErrorCode::usage, std::move(message), key});
}

Nanos duration_of(const std::string& key, const json& value) {
  if (!value.is_string()) refuse(key, "must be text with a unit, such as \"20ms\"");
  const auto parsed = parse_duration(value.get_ref<const std::string&>());
  if (!parsed) refuse(key, parsed.error().message);
  return *parsed;
}

void apply(Scenario& scenario, const std::string& key, const json& value) {
  if (key == "ttft") {
    scenario.ttft = duration_of(key, value);
  } else if (key == "itl") {
    scenario.itl = duration_of(key, value);
  } else if (key == "output_tokens") {
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > kMaxTokens) {
      refuse(key, fmt::format("must be a whole number from 1 to {}", kMaxTokens));
    }
    scenario.output_tokens = value.get<std::uint32_t>();
  } else if (key == "role_early") {
    if (!value.is_boolean()) refuse(key, "must be true or false");
    scenario.role_early = value.get<bool>();
  } else {
    refuse(key, "unknown key; ttft, itl, output_tokens and role_early can be changed");
  }
}

}  // namespace

Result<void> check(const Scenario& scenario) {
  const auto delay_is_good = [](Nanos delay) { return delay >= 0 && delay <= kMaxDelay; };
  if (!delay_is_good(scenario.ttft)) return fail(ErrorCode::usage, "must be 0 to 1h", "ttft");
  if (!delay_is_good(scenario.itl)) return fail(ErrorCode::usage, "must be 0 to 1h", "itl");
  if (scenario.output_tokens < 1 || scenario.output_tokens > kMaxTokens) {
    return fail(ErrorCode::usage, fmt::format("must be a whole number from 1 to {}", kMaxTokens),
                "output_tokens");
  }
  if (scenario.models.empty()) return fail(ErrorCode::usage, "name at least one", "model");
  for (auto it = scenario.models.begin(); it != scenario.models.end(); ++it) {
    if (it->empty()) return fail(ErrorCode::usage, "a name cannot be empty", "model");
    if (std::find(scenario.models.begin(), it, *it) != it) {
      return fail(ErrorCode::usage, fmt::format("'{}' is named twice", *it), "model");
    }
  }
  return {};
}

json to_json(const Scenario& scenario) {
  return {{"ttft", duration_text(scenario.ttft)},
          {"itl", duration_text(scenario.itl)},
          {"output_tokens", scenario.output_tokens},
          {"role_early", scenario.role_early},
          {"models", scenario.models}};
}

Result<Scenario> with_changes(Scenario scenario, std::string_view json_text) {
  const json changes = json::parse(json_text, nullptr, false);
  if (!changes.is_object()) return fail(ErrorCode::usage, "the body must be a JSON object");
  const auto applied = catch_errors([&]() -> bool {
    for (const auto& [key, value] : changes.items()) apply(scenario, key, value);
    return true;
  });
  if (!applied) return std::unexpected(applied.error());
  if (const auto good = check(scenario); !good) return std::unexpected(good.error());
  return scenario;
}

}  // namespace hopcost::mockserver
