#include "mockserver/time/quantity.hpp"

#include <charconv>
#include <cmath>
#include <cstdint>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/units.hpp"
#include "mockserver/time/distribution.hpp"

namespace hopcost::mockserver {

Quantity Quantity::time() {
  return {true, 0, static_cast<double>(kLongestDelay)};
}

std::string Quantity::range() const {
  if (is_time) return "from 0 to 1h";
  return fmt::format("from {:.0f} to {:.0f}", lo, hi);
}

double Quantity::value(const YamlNode& node) const {
  if (!is_time) {
    return static_cast<double>(
        node.as_int(static_cast<std::int64_t>(lo), static_cast<std::int64_t>(hi)));
  }
  const auto ns = static_cast<double>(node.as_duration());
  if (ns > hi) node.complain("must be " + range());
  return ns;
}

double Quantity::parameter(const YamlNode& node, double at_least) const {
  if (is_time) return value(node);
  const double number = node.as_double();
  if (number < at_least || number > hi) {
    node.complain(fmt::format("must be from {:.0f} to {:.0f}", at_least, hi));
  }
  return number + 0.0;  // -0 becomes 0
}

std::optional<double> Quantity::line(std::string_view text) const {
  double number = -1;
  if (is_time) {
    const auto ns = parse_duration(text);
    if (ns) number = static_cast<double>(*ns);
  } else {
    std::int64_t whole = -1;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), whole);
    if (ec == std::errc{} && end == text.data() + text.size()) number = static_cast<double>(whole);
  }
  if (number < lo || number > hi) return std::nullopt;
  return number;
}

nlohmann::json Quantity::write(double number) const {
  if (is_time) return duration_text(static_cast<Nanos>(number));
  if (number == std::floor(number)) return static_cast<std::int64_t>(number);
  return number;
}

}  // namespace hopcost::mockserver
