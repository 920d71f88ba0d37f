#include <algorithm>

#include <fmt/format.h>

#include "overhead/checks/check.hpp"

namespace hopcost::overhead {

// The generator's thread was busy, idle polling left out, more than 85 % of the time.
CheckResult check_generator_saturated(const Cell& cell) {
  constexpr double kAllowed = 0.85;
  CheckResult result{.code = "generator_saturated", .blocking = true, .evidence = ""};
  std::map<std::string, std::vector<double>> shares;
  for (const auto& pass : cell.passes) shares[pass.arm].push_back(pass.generator_busy_share);
  double busiest = 0;
  for (const auto& [arm, values] : shares) busiest = std::max(busiest, median(values));
  result.fired = busiest > kAllowed;
  result.evidence = fmt::format("busy {:.0f} % of the time", 100 * busiest);
  return result;
}

}  // namespace hopcost::overhead
