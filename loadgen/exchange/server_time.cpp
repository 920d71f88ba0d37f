#include "loadgen/exchange/server_time.hpp"

#include <array>
#include <charconv>
#include <utility>

#include <fmt/format.h>

namespace hopcost::loadgen {
namespace {

constexpr std::array<std::pair<std::string_view, Nanos>, 4> kUnits{
    {{"ns", 1}, {"us", kMicrosecond}, {"ms", kMillisecond}, {"s", kSecond}}};

std::optional<Nanos> unit_named(std::string_view name) {
  for (const auto& [unit, ns] : kUnits) {
    if (unit == name) return ns;
  }
  return std::nullopt;
}

}  // namespace

Result<ServerTimeHeader> parse_server_time_header(std::string_view text) {
  ServerTimeHeader header;
  const auto equals = text.find('=');
  header.name = text.substr(0, equals);
  if (header.name.empty() || header.name.find_first_of(" :\r\n\t") != std::string::npos) {
    return fail(ErrorCode::usage, fmt::format("'{}' is no header's name", header.name));
  }
  if (equals != std::string_view::npos) {
    const auto unit = unit_named(text.substr(equals + 1));
    if (!unit) return fail(ErrorCode::usage, "the unit must be ns, us, ms or s");
    header.unit = *unit;
  } else if (const auto dash = text.rfind('-'); dash != std::string_view::npos) {
    header.unit = unit_named(text.substr(dash + 1)).value_or(kMillisecond);
  }
  return header;
}

std::optional<Nanos> server_time_in(std::string_view value, Nanos unit) {
  constexpr std::string_view kDuration = "dur=";
  if (const auto at = value.find(kDuration); at != std::string_view::npos) {
    value.remove_prefix(at + kDuration.size());
    unit = kMillisecond;
  }
  double number = 0;
  const auto [end, ec] = std::from_chars(value.data(), value.data() + value.size(), number);
  constexpr double kDay = 86'400e9;
  const double ns = number * static_cast<double>(unit);
  if (ec != std::errc() || !(ns >= 0) || ns > kDay) return std::nullopt;
  return static_cast<Nanos>(ns);
}

}  // namespace hopcost::loadgen
