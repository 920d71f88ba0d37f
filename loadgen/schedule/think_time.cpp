#include "loadgen/schedule/think_time.hpp"

#include <cmath>

#include <fmt/format.h>

#include "common/units.hpp"

namespace hopcost::loadgen {
namespace {

/// Nobody thinks longer; sums of it do not overflow.
constexpr Nanos kLongest = 24 * 3'600 * kSecond;

Result<Nanos> thought(std::string_view text) {
  const auto ns = parse_duration(text);
  if (ns && *ns > kLongest) {
    return fail(ErrorCode::usage, fmt::format("'{}' is longer than 24h", text));
  }
  return ns;
}

}  // namespace

Result<ThinkTime> ThinkTime::parse(std::string_view text) {
  ThinkTime time;
  if (text.starts_with("exp(") && text.ends_with(')')) {
    const auto mean = thought(text.substr(4, text.size() - 5));
    if (!mean) return std::unexpected(mean.error());
    time.kind_ = Kind::exponential;
    time.most_ = *mean;
    return time;
  }
  const auto dash = text.find('-', 1);
  const auto least = thought(text.substr(0, dash));
  if (!least) return std::unexpected(least.error());
  const auto most = dash == std::string_view::npos ? least : thought(text.substr(dash + 1));
  if (!most) return std::unexpected(most.error());
  if (*least < 0 || *most < *least) {
    return fail(ErrorCode::usage, fmt::format("'{}' is not a range of times", text));
  }
  time.least_ = *least;
  time.most_ = *most;
  return time;
}

Nanos ThinkTime::draw(Random& random) const {
  if (kind_ == Kind::uniform) {
    return least_ + static_cast<Nanos>(static_cast<double>(most_ - least_) * random.uniform());
  }
  // 1 - uniform is above 0, at most 1.
  const double gap = -std::log(1 - random.uniform()) * static_cast<double>(most_);
  return static_cast<Nanos>(gap);
}

std::string ThinkTime::text() const {
  if (kind_ == Kind::exponential) return fmt::format("exp({})", duration_text(most_));
  if (least_ == most_) return duration_text(least_);
  return fmt::format("{}-{}", duration_text(least_), duration_text(most_));
}

}  // namespace hopcost::loadgen
