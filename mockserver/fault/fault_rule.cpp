#include "mockserver/fault/fault_rule.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

namespace hopcost::mockserver {
namespace {

constexpr std::int64_t kMaxNumber = std::numeric_limits<std::int64_t>::max();

std::string printable(const YamlNode& node) {
  std::string text = node.as_string();
  const auto fits = [](char c) { return c >= ' ' && c <= '~'; };
  if (text.empty() || !std::ranges::all_of(text, fits)) {
    node.complain("must be a text of printable ASCII");
  }
  return text;
}

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

/// "Name: value", or "Name" for a header that only has to be there.
void decode_header(FaultCondition& when, const YamlNode& node) {
  const std::string text = printable(node);
  const auto colon = text.find(':');
  when.header_name = trimmed(std::string_view(text).substr(0, colon));
  if (colon != std::string::npos) {
    when.header_value = trimmed(std::string_view(text).substr(colon + 1));
    if (when.header_value.empty()) node.complain("has no value after ':'");
  }
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  std::ranges::transform(when.header_name, when.header_name.begin(), lower);
  if (when.header_name.empty() || when.header_name.find(' ') != std::string::npos) {
    node.complain("must be 'name: value' or 'name'");
  }
}

FaultCondition decode_condition(const YamlNode& node) {
  FaultCondition when;
  auto fields = node.fields();
  const auto number = [&](std::string_view name, std::optional<std::uint64_t>& field) {
    if (const auto value = fields.take(name)) {
      field = static_cast<std::uint64_t>(value->as_int(1, kMaxNumber));
    }
  };
  if (const auto model = fields.take("model")) when.model = printable(*model);
  if (const auto path = fields.take("path")) when.path = printable(*path);
  if (const auto header = fields.take("header")) decode_header(when, *header);
  number("every", when.every);
  number("nth", when.nth);
  number("first", when.first);
  fields.finish();
  return when;
}

bool fits(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return true;
  if (!pattern.ends_with('*')) return pattern == text;
  pattern.remove_suffix(1);
  return text.starts_with(pattern);
}

bool header_fits(const FaultCondition& when, const RequestFacts& facts) {
  if (when.header_name.empty()) return true;
  if (!facts.header) return false;
  const auto value = facts.header(when.header_name);
  return value && (when.header_value.empty() || *value == when.header_value);
}

bool applies(const FaultCondition& when, const RequestFacts& facts) {
  return (!when.every || facts.number % *when.every == 0) &&
         (!when.nth || facts.number == *when.nth) && (!when.first || facts.number <= *when.first) &&
         fits(when.model, facts.model) && fits(when.path, facts.path) && header_fits(when, facts);
}

nlohmann::ordered_json to_json(const FaultCondition& when) {
  auto json = nlohmann::ordered_json::object();
  if (!when.model.empty()) json["model"] = when.model;
  if (!when.path.empty()) json["path"] = when.path;
  if (!when.header_name.empty()) {
    json["header"] = when.header_value.empty()
                         ? when.header_name
                         : fmt::format("{}: {}", when.header_name, when.header_value);
  }
  if (when.every) json["every"] = *when.every;
  if (when.nth) json["nth"] = *when.nth;
  if (when.first) json["first"] = *when.first;
  return json;
}

}  // namespace

FaultRule decode_fault_rule(const YamlNode& node) {
  FaultRule rule;
  auto fields = node.fields();
  const YamlNode name = fields.require("fault");
  const auto kind = fault_kind(name.as_string());
  if (!kind) name.complain(fmt::format("there is no fault '{}'", name.as_string()));
  rule.fault.kind = *kind;
  const auto entries = node.entries();
  for (const auto& [key, value] : entries) {
    if (key == "fault") continue;
    if (key == "probability") {
      rule.probability = value.as_double();
      if (rule.probability < 0 || rule.probability > 1) value.complain("must be from 0 to 1");
    } else if (key == "when") {
      rule.when = decode_condition(value);
    } else {
      const auto outcome = set_parameter(rule.fault, key, value.as_string());
      if (!outcome) value.complain(outcome.error());
    }
  }
  return rule;
}

std::vector<FaultRule> decode_fault_rules(const YamlNode& node) {
  std::vector<FaultRule> rules;
  const auto items = node.items();
  for (const auto& item : items) rules.push_back(decode_fault_rule(item));
  return rules;
}

nlohmann::ordered_json to_json(const FaultRule& rule) {
  nlohmann::ordered_json json{{"fault", to_string(rule.fault.kind)}};
  const auto parameters = parameters_of(rule.fault);
  for (const auto& [name, text] : parameters) {
    // Numbers and flags as what they are; times and codes as texts.
    auto value = nlohmann::ordered_json::parse(text, nullptr, false);
    const bool literal = value.is_number_unsigned() || value.is_boolean();
    if (literal && name != "code" && name != "for" && name != "gap") {
      json[std::string(name)] = std::move(value);
    } else {
      json[std::string(name)] = text;
    }
  }
  if (rule.probability != 1) json["probability"] = rule.probability;
  if (rule.when != FaultCondition{}) json["when"] = to_json(rule.when);
  return json;
}

void FaultChooser::apply(FaultPlan& plan, const RequestFacts& facts, Random& random) const {
  for (const auto& rule : rules_) {
    if (!applies(rule.when, facts)) continue;
    if (rule.probability < 1 && random.uniform() >= rule.probability) continue;
    plan.add(rule.fault);
  }
}

}  // namespace hopcost::mockserver
