#include <algorithm>
#include <array>
#include <limits>

#include <fmt/format.h>

#include "common/units.hpp"
#include "mockserver/scenario/keys.hpp"

namespace hopcost::mockserver {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMaxRules = 1000;
constexpr std::uint32_t kMaxConnections = 10'000'000;

/// The text as it stands; empty for null.
std::string read_text(const YamlNode& node) {
  return node.is_null() ? std::string() : node.as_string();
}

/// Set once, when the server starts: whoever may change a scenario over the network can neither
/// read nor write files, nor learn what variables hold.
void read_fixed(std::string& into, const YamlNode& node, const Origin& origin, std::string value) {
  if (origin.trusted) {
    into = std::move(value);
  } else if (read_text(node) != into) {
    node.complain("can be set only when the server starts");
  }
}

std::string read_file_name(const YamlNode& node, const Origin& origin) {
  const std::string name = read_text(node);
  if (has_control_character(name)) node.complain("must be a file's name");
  return name.empty() ? name : (origin.folder / name).lexically_normal().string();
}

std::string read_variable_name(const YamlNode& node) {
  std::string name = read_text(node);
  const bool good = std::ranges::all_of(name, [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
  if (!good) node.complain("must be the name of an environment variable");
  return name;
}

void read_seed(Scenario& scenario, const YamlNode& node, const Origin& /*origin*/) {
  scenario.seed =
      static_cast<std::uint64_t>(node.as_int(0, std::numeric_limits<std::int64_t>::max()));
}

/// Here the text is a value of ours, not a header's.
std::string without_header_name(std::string message) {
  const std::string name = std::string(kFaultHeader) + ": ";
  return message.starts_with(name) ? message.substr(name.size()) : message;
}

/// A map, or a text in the header's syntax, which may hold several faults.
void read_faults(Scenario& scenario, const YamlNode& node, const Origin& /*origin*/) {
  std::vector<FaultRule> rules;
  if (!node.is_null()) {
    for (const auto& item : node.items()) {
      if (item.is_map()) {
        rules.push_back(decode_fault_rule(item));
      } else {
        auto faults = parse_fault_header(item.as_string());
        if (!faults) item.complain(without_header_name(faults.error()));
        if (faults->empty()) item.complain("must name a fault");
        for (auto& fault : *faults) {
          FaultRule rule;
          rule.fault = std::move(fault);
          rules.push_back(std::move(rule));
        }
      }
      if (rules.size() > kMaxRules) node.complain(fmt::format("more than {} rules", kMaxRules));
    }
  }
  scenario.faults = std::move(rules);
}

Json write_faults(const Scenario& scenario) {
  Json list = Json::array();
  for (const auto& rule : scenario.faults) list.push_back(to_json(rule));
  return list;
}

/// Scalars as texts, which is all that the decoders ask for.
nlohmann::json json_of(const YamlNode& node) {
  if (node.is_null()) return nullptr;
  if (node.is_map()) {
    auto map = nlohmann::json::object();
    for (const auto& [key, value] : node.entries()) map[key] = json_of(value);
    return map;
  }
  if (node.is_sequence()) {
    auto list = nlohmann::json::array();
    for (const auto& item : node.items()) list.push_back(json_of(item));
    return list;
  }
  return node.as_string();
}

/// Decodes a map on top of what there is: keys it does not name stay, a key that is null goes back
/// to its default. Where that fails, decoding the map alone mostly tells the place more exactly.
template <class T>
T read_on_top(const T& before, const YamlNode& node, T (*decode)(const YamlNode&)) {
  if (!node.is_map()) node.complain("must be a map of names to values");
  const nlohmann::json changes = json_of(node);
  nlohmann::json merged = to_json(before);
  for (const auto& [key, value] : changes.items()) {
    if (key == "step" && !value.is_null()) merged.erase("slowdown");  // one or the other
  }
  merged.merge_patch(changes);
  const auto text =
      parse_yaml(merged.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), "");
  if (!text) node.complain(text.error().message);
  const auto value = catch_errors([&] { return decode(*text); });
  if (value) return *value;
  (void)decode(node);
  node.complain(value.error().message);
}

void read_limits(Scenario& scenario, const YamlNode& node, const Origin& /*origin*/) {
  scenario.limits =
      node.is_null() ? RateLimits() : read_on_top(scenario.limits, node, decode_rate_limits);
}

Json write_limits(const Scenario& scenario) {
  if (scenario.limits.none()) return nullptr;
  Json map = to_json(scenario.limits);
  for (const auto* budget : {"requests_per_minute", "tokens_per_minute"}) {
    if (!map.contains(budget)) map[budget] = nullptr;
  }
  return map;
}

Json write_load(const Scenario& scenario) {
  Json map = to_json(scenario.load);
  if (!scenario.load.step) map["step"] = nullptr;  // so that it is taken back by one who has it
  return map;
}

constexpr std::array kServerKeys{
    Key<Scenario>{"seed", read_seed, [](const Scenario& s) -> Json { return s.seed; }},
    Key<Scenario>{"load",
                  [](Scenario& s, const YamlNode& node, const Origin&) {
                    s.load = read_on_top(s.load, node, decode_load);
                  },
                  write_load},
    Key<Scenario>{"prefix_cache",
                  [](Scenario& s, const YamlNode& node, const Origin&) {
                    s.prefix_cache = read_on_top(s.prefix_cache, node, decode_prefix_cache);
                  },
                  [](const Scenario& s) -> Json { return to_json(s.prefix_cache); }},
    Key<Scenario>{"profile",
                  [](Scenario& s, const YamlNode& node, const Origin&) {
                    s.profile = node.is_null() ? Profile() : decode_profile(node);
                  },
                  [](const Scenario& s) -> Json {
                    return s.profile.empty() ? Json() : Json(to_json(s.profile));
                  }},
    Key<Scenario>{"faults", read_faults, write_faults},
    Key<Scenario>{"limits", read_limits, write_limits},
    Key<Scenario>{"max_connections",
                  [](Scenario& s, const YamlNode& node, const Origin&) {
                    s.max_connections = read_number(node, 0, kMaxConnections);
                  },
                  [](const Scenario& s) -> Json { return s.max_connections; }},
    Key<Scenario>{"request_timeout",
                  [](Scenario& s, const YamlNode& node, const Origin&) {
                    s.request_timeout = read_duration(node, kLongestDelay);
                  },
                  [](const Scenario& s) -> Json { return duration_text(s.request_timeout); }},
    Key<Scenario>{"api_keys_env",
                  [](Scenario& s, const YamlNode& node, const Origin& origin) {
                    read_fixed(s.api_keys_env, node, origin, read_variable_name(node));
                  },
                  [](const Scenario& s) -> Json { return s.api_keys_env; }},
    Key<Scenario>{"cors",
                  [](Scenario& s, const YamlNode& node, const Origin&) { s.cors = node.as_bool(); },
                  [](const Scenario& s) -> Json { return s.cors; }},
    Key<Scenario>{"ignore_fault_headers",
                  [](Scenario& s, const YamlNode& node, const Origin&) {
                    s.ignore_fault_headers = node.as_bool();
                  },
                  [](const Scenario& s) -> Json { return s.ignore_fault_headers; }},
    Key<Scenario>{"record",
                  [](Scenario& s, const YamlNode& node, const Origin& origin) {
                    read_fixed(s.record, node, origin, read_file_name(node, origin));
                  },
                  [](const Scenario& s) -> Json { return s.record; }},
    Key<Scenario>{"replay",
                  [](Scenario& s, const YamlNode& node, const Origin& origin) {
                    read_fixed(s.replay, node, origin, read_file_name(node, origin));
                  },
                  [](const Scenario& s) -> Json { return s.replay; }},
};

}  // namespace

std::span<const Key<Scenario>> server_keys() {
  return kServerKeys;
}

}  // namespace hopcost::mockserver
