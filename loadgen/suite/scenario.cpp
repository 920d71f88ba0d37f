#include "loadgen/suite/scenario.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include <fmt/format.h>

#include "common/units.hpp"
#include "loadgen/suite/entries.hpp"

namespace hopcost::loadgen {
namespace {

constexpr int kMostTokens = 1'000'000;
constexpr int kMostUsers = 100'000;

/// "[50, 100]", all equally often, or "{short: {share: 40, tokens: 100}, ...}".
std::vector<LengthShare> decode_lengths(const YamlNode& node) {
  std::vector<LengthShare> lengths;
  if (node.is_map()) {
    for (const auto& [name, part] : node.entries()) {
      auto fields = part.fields();
      const double share = fields.require("share").as_double();
      if (!(share > 0)) part.complain("share: must be above 0");
      lengths.push_back(
          {name, share, static_cast<int>(fields.require("tokens").as_int(1, kMostTokens))});
      fields.finish();
    }
  } else {
    for (const auto& item : node.items()) {
      const auto tokens = static_cast<int>(item.as_int(1, kMostTokens));
      lengths.push_back({std::to_string(tokens), 1, tokens});
    }
  }
  if (lengths.empty()) node.complain("names no length");
  return lengths;
}

std::vector<int> decode_users(const YamlNode& node) {
  std::vector<int> users;
  for (const auto& item : node.items()) {
    users.push_back(static_cast<int>(item.as_int(1, kMostUsers)));
  }
  if (users.empty() || !std::ranges::is_sorted(users, std::ranges::less_equal{})) {
    node.complain("must grow from level to level");
  }
  return users;
}

std::vector<std::string> texts(const YamlNode& node) {
  std::vector<std::string> all;
  for (const auto& item : node.items()) all.push_back(item.as_string());
  return all;
}

Scenario decode_scenario(const std::string& key, const YamlNode& node) {
  auto fields = node.fields();
  Scenario scenario;
  scenario.key = key;
  if (const auto value = fields.take("description")) scenario.description = value->as_string();
  // The suites call them by either name.
  if (const auto value = fields.take("concurrency")) scenario.users = decode_users(*value);
  if (const auto value = fields.take("users")) scenario.users = decode_users(*value);
  if (const auto value = fields.take("requests")) {
    scenario.requests = static_cast<std::uint64_t>(value->as_int(1));
  }
  scenario.prompts = decode_lengths(fields.require("prompt_tokens"));
  scenario.answers = decode_lengths(fields.require("max_tokens"));
  if (const auto value = fields.take("duration")) scenario.duration = seconds_of(*value);
  if (const auto value = fields.take("step_duration")) scenario.step_duration = seconds_of(*value);
  if (const auto value = fields.take("spawn_rate")) {
    scenario.spawn_per_s = value->as_double();
    if (!(scenario.spawn_per_s > 0)) value->complain("must be above 0");
  }
  if (const auto value = fields.take("warmup_requests")) {
    scenario.warmup_requests = static_cast<std::uint64_t>(value->as_int(0));
  }
  if (const auto value = fields.take("stream")) scenario.stream = value->as_bool();
  if (const auto value = fields.take("slo")) scenario.slo = texts(*value);
  if (const auto value = fields.take("stop_if")) scenario.stop_if = texts(*value);
  fields.finish();
  if (scenario.duration == 0 && scenario.step_duration == 0) {
    node.complain("needs duration or step_duration");
  }
  return scenario;
}

std::string list_of(const std::vector<int>& numbers) {
  std::string list;
  for (const int number : numbers) list += fmt::format("{}{}", list.empty() ? "" : ",", number);
  return list;
}

/// Every prompt with every answer, as often as their shares say.
std::vector<std::string> classes_of(const Scenario& scenario, const Said& said) {
  const auto capped = [&](int tokens) {
    return said.max_tokens > 0 ? std::min(tokens, said.max_tokens) : tokens;
  };
  std::vector<std::string> classes;
  for (const auto& prompt : scenario.prompts) {
    for (const auto& answer : scenario.answers) {
      std::string name;
      std::string lengths;
      if (!said.prompts) {
        name = prompt.name;
        lengths = fmt::format("prompt={}", prompt.tokens);
      }
      if (!said.answers) {
        name += fmt::format("{}{}", name.empty() ? "" : "-", answer.name);
        lengths += fmt::format("{}output={}", lengths.empty() ? "" : ",", capped(answer.tokens));
      }
      classes.push_back(fmt::format("{}={:g}:{}", name, prompt.share * answer.share, lengths));
      if (said.answers) break;  // there is one
    }
    if (said.prompts) break;
  }
  return classes;
}

Nanos scaled(Nanos time, double scale) {
  return std::max<Nanos>(
      kMillisecond, std::llround(static_cast<double>(time / kMillisecond) * scale) * kMillisecond);
}

}  // namespace

std::vector<Scenario> decode_scenarios(const YamlNode& root) {
  std::vector<Scenario> scenarios;
  for (const auto& [key, node] : root.entries()) scenarios.push_back(decode_scenario(key, node));
  return scenarios;
}

Result<Scenario> find_scenario(const std::filesystem::path& file, const std::string& key) {
  return find_entry<Scenario>(file, "scenario", key, decode_scenarios);
}

Settings settings_of(const Scenario& scenario, const Said& said) {
  Settings settings;
  const auto levels = said.load ? 1 : static_cast<Nanos>(scenario.users.size());
  if (!said.load && levels == 1)
    set(settings, "concurrency", std::to_string(scenario.users.front()));
  if (!said.load && levels > 1) set(settings, "sweep", "concurrency=" + list_of(scenario.users));
  if (!said.load && scenario.spawn_per_s > 0) {
    set(settings, "spawn-rate", fmt::format("{:g}/s", scenario.spawn_per_s / said.time_scale));
  }
  if (scenario.requests > 0) {
    const auto each = (scenario.requests + static_cast<std::uint64_t>(levels) - 1) /
                      static_cast<std::uint64_t>(levels);
    set(settings, "requests", std::to_string(each));
  }
  const Nanos step =
      scenario.step_duration > 0 ? scenario.step_duration : scenario.duration / levels;
  set(settings, "duration", duration_text(scaled(step, said.time_scale)));
  set(settings, "warmup", "0");
  set(settings, "warmup-requests", std::to_string(scenario.warmup_requests));
  if (!said.requests && !(said.prompts && said.answers)) {
    settings.emplace_back("class", classes_of(scenario, said));
  }
  if (scenario.stream) set(settings, "stream", "true");
  if (!scenario.slo.empty()) settings.emplace_back("slo", scenario.slo);
  if (!scenario.stop_if.empty()) settings.emplace_back("stop-if", scenario.stop_if);
  return settings;
}

}  // namespace hopcost::loadgen
