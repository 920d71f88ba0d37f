#include <fmt/format.h>

#include "overhead/checks/check.hpp"

namespace hopcost::overhead {

// An open loop of which more than one request in a hundred could not be sent: none of its
// connections was free, so the load was not the one that was asked for.
CheckResult check_rate_missed(const Cell& cell) {
  constexpr double kLeast = 0.99;
  CheckResult result{.code = "rate_missed", .blocking = true, .evidence = ""};
  if (cell.asked.rate_per_s <= 0) {
    result.checked = false;
    return result;
  }
  std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> arms;  // sent, due
  for (const auto& pass : cell.passes) {
    auto& [sent, due] = arms[pass.arm];
    sent += pass.counters.sent;
    due += pass.counters.sent + pass.counters.unsent;
  }
  double worst = 1;
  for (const auto& [arm, counts] : arms) {
    if (counts.second == 0) continue;
    const double share = static_cast<double>(counts.first) / static_cast<double>(counts.second);
    if (share > worst) continue;
    worst = share;
    result.evidence = fmt::format("{}: {} of {} requests that were due were sent", arm,
                                  counts.first, counts.second);
  }
  result.fired = worst < kLeast;
  return result;
}

}  // namespace hopcost::overhead
