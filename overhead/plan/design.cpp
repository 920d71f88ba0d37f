#include "overhead/plan/design.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace hopcost::overhead {
namespace {

constexpr std::size_t kMostTreatments = 10'000;

struct Factor {
  std::string name;
  std::vector<std::string> levels;
};

std::string trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return "";
  return std::string(text.substr(begin, text.find_last_not_of(' ') - begin + 1));
}

/// A list, or one text with commas.
std::vector<std::string> values_of(const YamlNode& node) {
  std::vector<std::string> values;
  if (node.is_sequence()) {
    for (const auto& item : node.items()) values.push_back(item.as_string());
  } else {
    const auto text = node.as_string();
    std::string_view rest = text;
    while (true) {
      const auto comma = rest.find(',');
      values.push_back(trimmed(rest.substr(0, comma)));
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
  }
  if (std::ranges::any_of(values, &std::string::empty)) node.complain("has an empty value");
  return values;
}

std::vector<Factor> decode_factors(YamlFields& fields) {
  std::vector<Factor> factors;
  const auto named = fields.take("factors");
  const auto levels = fields.take("levels");
  if (!named) {
    if (levels) levels->complain("levels of what? There are no factors");
    return factors;
  }
  for (const auto& item : named->items()) {
    factors.push_back({item.as_string(), {}});
    const auto same = std::ranges::count(factors, factors.back().name, &Factor::name);
    if (same > 1) item.complain("stands here twice");
  }
  if (!levels) return factors;
  for (const auto& [name, node] : levels->entries()) {
    const auto factor = std::ranges::find(factors, name, &Factor::name);
    if (factor == factors.end()) node.complain("is no factor");
    factor->levels = values_of(node);
  }
  return factors;
}

Treatment treatment_of(const std::vector<Factor>& factors, const YamlNode& node) {
  const auto values = values_of(node);
  if (values.size() != factors.size()) {
    node.complain(fmt::format("has {} values for {} factors", values.size(), factors.size()));
  }
  Treatment treatment;
  for (std::size_t i = 0; i < factors.size(); ++i) {
    const auto& [name, levels] = factors[i];
    if (!levels.empty() && std::ranges::find(levels, values[i]) == levels.end()) {
      node.complain(fmt::format("'{}' is no level of {}", values[i], name));
    }
    treatment.emplace_back(name, values[i]);
  }
  return treatment;
}

std::vector<Treatment> every_combination(const std::vector<Factor>& factors,
                                         const YamlNode& section) {
  std::vector<Treatment> all(1);
  for (const auto& factor : factors) {
    if (factor.levels.empty()) {
      section.complain(fmt::format("{} has no levels, and there are no treatments", factor.name));
    }
    if (all.size() > kMostTreatments / factor.levels.size()) {
      section.complain(fmt::format("makes more than {} treatments", kMostTreatments));
    }
    std::vector<Treatment> longer;
    for (const auto& treatment : all) {
      for (const auto& level : factor.levels) {
        longer.push_back(treatment);
        longer.back().emplace_back(factor.name, level);
      }
    }
    all = std::move(longer);
  }
  return all;
}

std::vector<Treatment> decode_section(const YamlNode& section) {
  if (section.is_null()) return {Treatment{}};
  auto fields = section.fields();
  Treatment constants;
  if (const auto node = fields.take("constants")) {
    for (const auto& [name, value] : node->entries()) {
      constants.emplace_back(name, value.as_string());
    }
  }
  const auto factors = decode_factors(fields);
  for (const auto& factor : factors) {
    if (std::ranges::count(constants, factor.name, &Treatment::value_type::first) > 0) {
      section.complain(fmt::format("{} is a factor and a constant", factor.name));
    }
  }
  std::vector<Treatment> listed;
  if (const auto node = fields.take("treatments")) {
    for (const auto& item : node->items()) listed.push_back(treatment_of(factors, item));
    if (listed.empty()) node->complain("lists none");
  } else {
    listed = every_combination(factors, section);
  }
  fields.finish();
  for (auto& treatment : listed) {
    treatment.insert(treatment.begin(), constants.begin(), constants.end());
  }
  return listed;
}

}  // namespace

Design decode_design(const YamlNode& root) {
  auto fields = root.fields();
  const auto setup = fields.take("setup");
  const auto run = fields.take("run");
  fields.finish();
  if (!setup && !run) root.complain("has neither setup nor run");
  const std::vector<Treatment> none{Treatment{}};
  return {setup ? decode_section(*setup) : none, run ? decode_section(*run) : none};
}

Result<Design> load_design(const std::filesystem::path& file) {
  const auto root = load_yaml(file);
  if (!root) return std::unexpected(root.error());
  return catch_errors([&] { return decode_design(*root); });
}

}  // namespace hopcost::overhead
