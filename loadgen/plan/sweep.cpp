#include "loadgen/plan/sweep.hpp"

#include <algorithm>
#include <charconv>
#include <functional>
#include <optional>

#include <fmt/format.h>

#include "common/units.hpp"
#include "loadgen/workload/request_mix.hpp"

namespace hopcost::loadgen {
namespace {

std::optional<int> whole_number(std::string_view text, int most) {
  int value = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (ec != std::errc() || end != text.data() + text.size() || value < 1 || value > most) return {};
  return value;
}

}  // namespace

std::string Plan::text() const {
  std::string list;
  for (const double value : values) list += fmt::format("{}{}", list.empty() ? "" : ",", value);
  switch (kind) {
    case Kind::users:
      return "concurrency=" + list;
    case Kind::rates:
      return "rate=" + list;
    case Kind::between:
      return fmt::format("between={}", levels);
    case Kind::search:
      return fmt::format("{}/s-{}/s", values.front(), values.back());
    default:
      return {};
  }
}

Result<Plan> parse_sweep(std::string_view text) {
  Plan plan;
  const auto equals = text.find('=');
  const auto key = text.substr(0, equals);
  const auto list = equals == std::string_view::npos ? std::string_view() : text.substr(equals + 1);
  if (key == "between") {
    constexpr int kMost = 100;
    const auto levels = whole_number(list, kMost);
    if (!levels || *levels < 3) {
      return fail(ErrorCode::usage, fmt::format("between: '{}' is no number from 3 to 100", list));
    }
    plan.kind = Plan::Kind::between;
    plan.levels = *levels;
    return plan;
  }
  if (key != "concurrency" && key != "rate") {
    return fail(ErrorCode::usage,
                fmt::format("'{}' is none of concurrency=1,2,4, rate=10/s,20/s, between=10", text));
  }
  plan.kind = key == "rate" ? Plan::Kind::rates : Plan::Kind::users;
  for (const auto entry : split_list(list)) {
    if (plan.kind == Plan::Kind::users) {
      constexpr int kMost = 100'000;
      const auto users = whole_number(entry, kMost);
      if (!users) return fail(ErrorCode::usage, fmt::format("'{}' is no number of users", entry));
      plan.values.push_back(*users);
    } else {
      const auto rate = parse_rate(entry);
      if (!rate) return std::unexpected(rate.error());
      if (*rate <= 0) return fail(ErrorCode::usage, fmt::format("'{}' is no rate", entry));
      plan.values.push_back(*rate);
    }
  }
  if (!std::ranges::is_sorted(plan.values, std::ranges::less_equal{})) {
    return fail(ErrorCode::usage, fmt::format("'{}' does not grow from level to level", list));
  }
  return plan;
}

Result<Plan> parse_search(std::string_view text) {
  const auto dash = text.find('-');
  const auto low = parse_rate(text.substr(0, dash));
  const auto high =
      parse_rate(dash == std::string_view::npos ? std::string_view() : text.substr(dash + 1));
  if (!low || !high || *low <= 0 || *high <= *low) {
    return fail(ErrorCode::usage, fmt::format("'{}' is not two rates such as 10/s-2000/s", text));
  }
  return Plan{Plan::Kind::search, {*low, *high}, 0};
}

}  // namespace hopcost::loadgen
