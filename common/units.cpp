#include "common/units.hpp"

#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

namespace hopcost {
namespace {

struct Unit {
  std::string_view name;
  double factor;
};

constexpr std::array kTimeUnits{Unit{"ns", 1},  Unit{"us", 1e3}, Unit{"ms", 1e6},
                                Unit{"s", 1e9}, Unit{"m", 60e9}, Unit{"h", 3600e9}};
constexpr std::array kRateUnits{Unit{"/s", 1}, Unit{"/m", 1.0 / 60}};
constexpr std::array kSizeUnits{Unit{"", 1}, Unit{"B", 1}, Unit{"KiB", 1024}, Unit{"MiB", 1 << 20},
                                Unit{"GiB", 1 << 30}};

template <std::size_t N>
Result<double> parse_quantity(std::string_view text, const std::array<Unit, N>& units,
                              std::string_view example) {
  double number = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
  const auto complain = [&] {
    return fail(ErrorCode::usage,
                fmt::format("'{}' is not a number with a unit, such as {}", text, example));
  };
  if (ec != std::errc{} || !std::isfinite(number)) return complain();
  const std::string_view suffix(end, static_cast<std::size_t>(text.data() + text.size() - end));
  for (const auto& unit : units) {
    if (suffix == unit.name) return number * unit.factor;
  }
  if (suffix.empty() && number == 0) return 0.0;
  return complain();
}

}  // namespace

Result<Nanos> parse_duration(std::string_view text) {
  auto value = parse_quantity(text, kTimeUnits, "20ms, 250us or 10s");
  if (!value) return std::unexpected(value.error());
  if (*value < 0) return fail(ErrorCode::usage, "a length of time cannot be negative");
  if (*value > 9e18) return fail(ErrorCode::usage, fmt::format("'{}' is too long", text));
  return static_cast<Nanos>(std::llround(*value));
}

Result<double> parse_rate(std::string_view text) {
  auto value = parse_quantity(text, kRateUnits, "100/s");
  if (value && *value <= 0) return fail(ErrorCode::usage, "a rate must be above 0");
  return value;
}

Result<std::uint64_t> parse_size(std::string_view text) {
  auto value = parse_quantity(text, kSizeUnits, "64KiB");
  if (!value) return std::unexpected(value.error());
  if (*value < 0 || *value > 9e18) return fail(ErrorCode::usage, "a size must be at least 0");
  return static_cast<std::uint64_t>(*value);
}

std::string format_duration(double ns) {
  const double magnitude = std::abs(ns);
  if (magnitude < 1e6) return fmt::format("{:.1f} us", ns / 1e3);
  if (magnitude < 1e9) return fmt::format("{:.2f} ms", ns / 1e6);
  return fmt::format("{:.2f} s", ns / 1e9);
}

std::string duration_text(Nanos ns) {
  if (ns == 0) return "0";
  if (ns % kSecond == 0) return fmt::format("{}s", ns / kSecond);
  if (ns % kMillisecond == 0) return fmt::format("{}ms", ns / kMillisecond);
  if (ns % kMicrosecond == 0) return fmt::format("{}us", ns / kMicrosecond);
  return fmt::format("{}ns", ns);
}

}  // namespace hopcost
