#include "overhead/gate/budget.hpp"

#include <charconv>

#include <fmt/format.h>

#include "common/units.hpp"
#include "common/yaml.hpp"
#include "overhead/estimate/quantity.hpp"

namespace hopcost::overhead {
namespace {

/// "10%" as 0.1.
double share_of(const YamlNode& node, std::string_view text) {
  double percent = 0;
  const auto* const last = text.data() + text.size() - 1;
  const auto [end, ec] = std::from_chars(text.data(), last, percent);
  constexpr double kWhole = 100;
  if (!text.ends_with('%') || ec != std::errc() || end != last || !(percent >= 0)) {
    node.complain(fmt::format("must be such as 10%, not '{}'", text));
  }
  return percent / kWhole;
}

void read_bound(const YamlNode& node, Budget& budget) {
  budget.text = node.as_string();
  if (budget.text.ends_with('%')) {
    budget.kind = Budget::Kind::relative;
    budget.bound = share_of(node, budget.text);
    return;
  }
  budget.kind = is_cost(budget.quantity) ? Budget::Kind::cost : Budget::Kind::added;
  budget.bound = static_cast<double>(node.as_duration());
}

void read_growth(const YamlNode& node, Budget& budget) {
  budget.text = node.as_string();
  if (!budget.text.ends_with('%')) {
    budget.kind = Budget::Kind::grown;
    budget.bound = static_cast<double>(node.as_duration());
    return;
  }
  // An overhead may be about nothing, of which there are no shares.
  if (!is_cost(budget.quantity)) {
    node.complain("must be a time; a share only of cpu_per_request and cpu_per_chunk");
  }
  budget.kind = Budget::Kind::grown_share;
  budget.bound = share_of(node, budget.text);
}

Budget read_budget(const YamlNode& node) {
  Budget budget;
  YamlFields fields = node.fields();
  if (const auto cells = fields.take("cells")) budget.cells = cells->as_string();
  if (const auto quantity = fields.take("quantity")) budget.quantity = quantity->as_string();
  const auto most = fields.take("at_most");
  const auto lost = fields.take("loses_at_most");
  const auto grown = fields.take("grows_at_most");
  if (most.has_value() + lost.has_value() + grown.has_value() != 1) {
    node.complain("needs one of at_most, loses_at_most and grows_at_most");
  }
  if (is_rate(budget.quantity) != lost.has_value()) {
    node.complain(is_rate(budget.quantity) ? "a rate needs loses_at_most"
                                           : "loses_at_most is for rates, such as requests_per_s");
  }
  if (most) read_bound(*most, budget);
  if (lost) {
    budget.kind = Budget::Kind::lost;
    budget.text = lost->as_string();
    budget.bound = share_of(*lost, budget.text);
  }
  if (grown) read_growth(*grown, budget);
  fields.finish();
  return budget;
}

Budgets decode(const YamlNode& root) {
  Budgets budgets;
  YamlFields fields = root.fields();
  if (const auto node = fields.take("confidence")) {
    budgets.confidence = node->as_double();
    constexpr double kLeast = 0.5;
    if (!(budgets.confidence >= kLeast && budgets.confidence < 1)) {
      node->complain("must be from 0.5 to below 1");
    }
  }
  const auto list = fields.require("budgets");
  for (const auto& item : list.items()) budgets.list.push_back(read_budget(item));
  if (budgets.list.empty()) list.complain("must not be empty");
  fields.finish();
  return budgets;
}

}  // namespace

Result<Budgets> load_budgets(const std::filesystem::path& file) {
  const auto root = load_yaml(file);
  if (!root) return std::unexpected(root.error());
  return catch_errors([&] { return decode(*root); });
}

Result<Budgets> parse_budgets(const std::string& text, const std::string& file) {
  const auto root = parse_yaml(text, file);
  if (!root) return std::unexpected(root.error());
  return catch_errors([&] { return decode(*root); });
}

}  // namespace hopcost::overhead
