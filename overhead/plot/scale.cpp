#include "overhead/plot/scale.hpp"

#include <algorithm>
#include <cmath>

namespace hopcost::overhead {

Ticks round_ticks(double low, double high, int wanted) {
  if (!(high > low)) high = low + 1;
  const double rough = (high - low) / wanted;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  double step = 10 * power;
  for (const double times : {1.0, 2.0, 5.0}) {
    if (times * power >= rough) {
      step = times * power;
      break;
    }
  }
  Ticks ticks;
  ticks.decimals = std::max(0, static_cast<int>(-std::floor(std::log10(step) + 1e-9)));
  const auto first = static_cast<long>(std::floor(low / step + 1e-9));
  for (long i = first;; ++i) {
    ticks.at.push_back(static_cast<double>(i) * step);
    if (ticks.at.back() >= high - step * 1e-9) return ticks;
  }
}

Ticks log_ticks(double low, double high) {
  if (!(high > low)) high = 2 * low;
  const auto first = static_cast<int>(std::floor(std::log10(low)));
  const auto last = static_cast<int>(std::ceil(std::log10(high)));
  constexpr int kDense = 4;  // decades
  Ticks ticks;
  ticks.decimals = std::max(0, -first);
  for (int decade = first; decade <= last; ++decade) {
    for (const double times : {1.0, 2.0, 5.0}) {
      if (times > 1 && last - first > kDense) continue;
      const double value = times * std::pow(10, decade);
      // Of those at or below `low` the last alone.
      if (value <= low * (1 + 1e-9)) ticks.at.clear();
      ticks.at.push_back(value);
      if (value >= high * (1 - 1e-9)) return ticks;
    }
  }
  return ticks;
}

std::vector<std::size_t> with_room(const std::vector<double>& places, double apart) {
  std::vector<std::size_t> chosen;
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (chosen.empty() || places[i] - places[chosen.back()] >= apart) chosen.push_back(i);
  }
  return chosen;
}

}  // namespace hopcost::overhead
