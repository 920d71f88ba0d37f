#include <fmt/format.h>

#include "overhead/checks/check.hpp"

namespace hopcost::overhead {

// The stack goes on working when the last reply is out: what a short pass shows is not all that a
// request costs, and under lasting load the rest competes with the requests.
CheckResult check_deferred_work(const Cell& cell) {
  constexpr double kShare = 0.05;
  constexpr Nanos kLasting = 200 * kMillisecond;
  CheckResult result{.code = "deferred_work", .blocking = false, .evidence = ""};
  std::vector<double> shares;
  std::vector<double> lasted;
  for (const auto& pass : cell.passes) {
    if (!pass.through_stack || !pass.deferred_cpu_ns || pass.stack_cpu_ns <= 0) continue;
    shares.push_back(static_cast<double>(*pass.deferred_cpu_ns) /
                     static_cast<double>(pass.stack_cpu_ns));
    lasted.push_back(static_cast<double>(pass.drain_ns));
  }
  if (shares.empty()) {
    result.checked = false;
    return result;
  }
  const double share = median(shares);
  const double time = median(lasted);
  result.fired = share > kShare && time >= static_cast<double>(kLasting);
  result.evidence = fmt::format("{:.0f} % of its CPU is used after the last reply, in {:.1f} s",
                                100 * share, time / kSecond);
  return result;
}

}  // namespace hopcost::overhead
