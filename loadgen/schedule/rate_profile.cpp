#include "loadgen/schedule/rate_profile.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace hopcost::loadgen {
namespace {

constexpr double kForEver = std::numeric_limits<double>::infinity();
constexpr auto kNanosPerSecond = static_cast<double>(kSecond);

}  // namespace

RateProfile::RateProfile(double rate_per_s)
    : parts_{{0, kForEver, rate_per_s, rate_per_s, 0}}, total_(kForEver) {}

RateProfile::RateProfile(const std::vector<Stage>& stages) {
  Nanos begin = 0;
  for (const auto& stage : stages) {
    const double length_s = static_cast<double>(stage.duration) / kNanosPerSecond;
    parts_.push_back({static_cast<double>(begin) / kNanosPerSecond, length_s, stage.from_per_s,
                      stage.to_per_s, total_});
    total_ += (stage.from_per_s + stage.to_per_s) / 2 * length_s;
    begin += stage.duration;
  }
}

double RateProfile::Part::expected(double seconds) const {
  if (from_per_s == to_per_s) return from_per_s * seconds;
  const double slope = (to_per_s - from_per_s) / length_s;
  return from_per_s * seconds + slope / 2 * seconds * seconds;
}

double RateProfile::Part::time_of(double count) const {
  if (from_per_s == to_per_s) return count / from_per_s;
  // The root of expected(t) = count in the form that loses no digits where the slope is small.
  const double slope = (to_per_s - from_per_s) / length_s;
  const double under_root = std::max(0.0, from_per_s * from_per_s + 2 * slope * count);
  return std::min(length_s, 2 * count / (from_per_s + std::sqrt(under_root)));
}

std::optional<Nanos> RateProfile::time_of(double count) const {
  if (count >= total_) return std::nullopt;
  // The last part that begins with no more than `count`: parts without arrivals are passed over.
  const auto after = std::ranges::upper_bound(parts_, count, {}, &Part::before);
  const Part& part = *std::prev(after);
  const double in_part = count - part.before;
  const double seconds = in_part > 0 ? part.time_of(in_part) : 0;
  return std::llround((part.begin_s + seconds) * kNanosPerSecond);
}

double RateProfile::expected(Nanos time) const {
  const double seconds = static_cast<double>(time) / kNanosPerSecond;
  double sum = 0;
  for (const Part& part : parts_) {
    if (seconds <= part.begin_s) break;
    sum = part.before + part.expected(std::min(part.length_s, seconds - part.begin_s));
  }
  return sum;
}

}  // namespace hopcost::loadgen
