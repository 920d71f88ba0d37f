#include <fmt/format.h>

#include "overhead/checks/check.hpp"

namespace hopcost::overhead {

// More than 0.1 % of the requests of any arm failed, or an arm has no request at all.
CheckResult check_errors(const Cell& cell) {
  constexpr double kAllowed = 0.001;
  struct Tally {
    std::uint64_t sent = 0;
    std::uint64_t failed = 0;
    std::string sample;
  };
  std::map<std::string, Tally> arms;
  for (const auto& pass : cell.passes) {
    auto& tally = arms[pass.arm];
    tally.sent += pass.counters.sent;
    tally.failed += pass.counters.failed();
    for (std::size_t i = 1; i < loadgen::kFailures; ++i) {
      if (!tally.sample.empty() || pass.counters.failures[i] == 0) continue;
      tally.sample = fmt::format("{}: {}", loadgen::kFailureNames[i], pass.failure_samples[i]);
    }
  }
  CheckResult result{.code = "errors", .blocking = true, .evidence = ""};
  for (const auto& [arm, tally] : arms) {
    const bool bad = tally.sent == 0 ||
                     static_cast<double>(tally.failed) > kAllowed * static_cast<double>(tally.sent);
    if (!bad || result.fired) continue;
    result.fired = true;
    result.evidence = fmt::format("{}: {} of {} requests failed; first: {}", arm, tally.failed,
                                  tally.sent, tally.sample.empty() ? "none sent" : tally.sample);
  }
  return result;
}

}  // namespace hopcost::overhead
