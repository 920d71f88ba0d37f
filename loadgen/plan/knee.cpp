#include "loadgen/plan/knee.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

namespace hopcost::loadgen {
namespace {

constexpr std::size_t kFewest = 3;
constexpr double kGrowth = 1.1;  ///< a level that grew by more has not levelled off

}  // namespace

std::optional<Estimate> throughput_of(const StageResult& level) {
  const auto whole = static_cast<std::size_t>(level.measured.measured_ns / kSecond);
  const auto n = std::min(whole, level.seconds.size());
  std::vector<double> replies;
  for (std::size_t i = 0; i < n; ++i) replies.push_back(static_cast<double>(level.seconds[i].ok));
  auto rate = mean_of(replies);
  if (rate) rate->low = std::max(0.0, rate->low);
  return rate;
}

Knee find_knee(const std::vector<StageResult>& levels) {
  Knee knee;
  if (levels.size() < kFewest) {
    knee.why = "fewer than three levels";
    return knee;
  }
  std::vector<Estimate> rates;
  for (const auto& level : levels) {
    const auto rate = throughput_of(level);
    if (!rate) {
      knee.why = fmt::format("{} has fewer than three whole seconds", level.name());
      return knee;
    }
    if (rate->value <= 0) {
      knee.why = fmt::format("{} had no replies", level.name());
      return knee;
    }
    rates.push_back(*rate);
  }
  const auto best = std::ranges::max_element(rates, {}, &Estimate::value) - rates.begin();
  const auto& most = rates[static_cast<std::size_t>(best)];
  knee.most_per_s = most;
  knee.at_users = levels[static_cast<std::size_t>(best)].concurrency;
  const bool last = static_cast<std::size_t>(best) + 1 == rates.size();
  if (last && most.value > kGrowth * rates[rates.size() - 2].value) {
    knee.why = "throughput still grows at the highest level";
    return knee;
  }
  const auto& first = rates.front();
  const double value = levels.front().concurrency * most.value / first.value;
  const double spread =
      std::hypot((most.high - most.value) / most.value, (first.high - first.value) / first.value);
  knee.users = Estimate{value, value * std::exp(-spread), value * std::exp(spread)};
  return knee;
}

}  // namespace hopcost::loadgen
