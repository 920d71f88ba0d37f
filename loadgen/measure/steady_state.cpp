#include "loadgen/measure/steady_state.hpp"

#include <algorithm>

namespace hopcost::loadgen {

std::optional<SteadyState> steady_state(const std::vector<Second>& seconds, std::size_t whole) {
  constexpr std::size_t kFewest = 3;
  constexpr double kShare = 0.9;
  const auto n = std::min(whole, seconds.size());
  if (n < kFewest) return {};
  std::vector<double> loads;
  for (std::size_t i = 0; i < n; ++i) loads.push_back(seconds[i].in_flight);
  std::ranges::sort(loads);
  // Not the largest: one second may stick out.
  const double least =
      kShare * loads[static_cast<std::size_t>(kShare * static_cast<double>(n - 1))];
  SteadyState best;
  for (std::size_t from = 0; from < n;) {
    std::size_t to = from;
    while (to < n && seconds[to].in_flight >= least) ++to;
    if (to - from > best.length()) best = {from, to, 0, 0, 0};
    from = std::max(to, from + 1);
  }
  if (best.length() < kFewest) return {};
  for (std::size_t i = best.from; i < best.to; ++i) {
    best.in_flight += seconds[i].in_flight;
    best.requests_per_s += static_cast<double>(seconds[i].ok);
    best.failures_per_s += static_cast<double>(seconds[i].failed);
  }
  const auto length = static_cast<double>(best.length());
  best.in_flight /= length;
  best.requests_per_s /= length;
  best.failures_per_s /= length;
  return best;
}

}  // namespace hopcost::loadgen
