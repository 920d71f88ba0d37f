#include <algorithm>

#include <fmt/format.h>

#include "overhead/checks/check.hpp"

namespace hopcost::overhead {

// The stack stalls now and then: some of its rounds have a far worse p99 than all the others, which
// a median of rounds hides. It says nothing of the median, and takes the verdict from the p99.
CheckResult check_tail_in_bursts(const Cell& cell) {
  constexpr double kFar = 5;          // times the difference of the medians
  constexpr std::ptrdiff_t kTwo = 2;  // one bad round is chance
  constexpr std::ptrdiff_t kMore = 3;
  CheckResult result{.code = "tail_in_bursts", .blocking = false, .evidence = ""};
  const std::string quantity = cell.asked.mode == Mode::unary ? "e2e.p99" : "ttft.p99";
  std::vector<double> ours;
  std::vector<double> theirs;
  for (const auto& pass : cell.passes) {
    const auto value = pass.value(quantity);
    if (!value) continue;
    if (pass.arm == cell.contrast.ours) ours.push_back(*value);
    if (pass.arm == cell.contrast.theirs) theirs.push_back(*value);
  }
  if (ours.empty() || theirs.empty() || median(ours) <= median(theirs)) {
    result.checked = false;
    return result;
  }
  const double far = median(theirs) + kFar * (median(ours) - median(theirs));
  const auto beyond = [far](const std::vector<double>& values) {
    return std::ranges::count_if(values, [far](double value) { return value > far; });
  };
  const auto bursts = beyond(ours);
  result.fired = bursts >= kTwo && kMore * beyond(theirs) <= bursts;
  result.evidence =
      fmt::format("{} above {:.0f} us in {} of {} rounds through the stack, in {} of {} without it",
                  quantity, far / 1e3, bursts, ours.size(), beyond(theirs), theirs.size());
  return result;
}

}  // namespace hopcost::overhead
