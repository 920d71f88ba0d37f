#include <algorithm>

#include <fmt/format.h>

#include "loadgen/judge/judgement.hpp"
#include "overhead/checks/check.hpp"

namespace hopcost::overhead {

// The generator's thread was busy, idle polling left out, more of the time than a run may be.
CheckResult check_generator_saturated(const Cell& cell) {
  CheckResult result{.code = "generator_saturated", .blocking = true, .evidence = ""};
  std::map<std::string, std::vector<double>> shares;
  for (const auto& pass : cell.passes) shares[pass.arm].push_back(pass.generator_busy_share);
  double busiest = 0;
  for (const auto& [arm, values] : shares) busiest = std::max(busiest, median(values));
  result.fired = busiest > loadgen::kBusyShare;
  result.evidence = fmt::format("busy {:.0f} % of the time", 100 * busiest);
  return result;
}

}  // namespace hopcost::overhead
