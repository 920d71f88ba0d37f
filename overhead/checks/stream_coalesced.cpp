#include <fmt/format.h>

#include "overhead/checks/check.hpp"

namespace hopcost::overhead {

// One read through the stack brings more than 1.5 times the events that one read of the baseline
// brings: gaps look better than they are, and the first chunk waited for others.
CheckResult check_stream_coalesced(const Cell& cell) {
  constexpr double kAllowed = 1.5;
  CheckResult result{.code = "stream_coalesced", .blocking = false, .evidence = ""};
  const auto baseline = cell.events_per_read.find(cell.contrast.theirs);
  const auto stack = cell.events_per_read.find(cell.contrast.ours);
  if (cell.asked.mode != Mode::stream || baseline == cell.events_per_read.end() ||
      stack == cell.events_per_read.end()) {
    result.checked = false;
    return result;
  }
  result.fired = stack->second > kAllowed * baseline->second;
  result.evidence = fmt::format("{:.2f} events per read of {}, {:.2f} of {}", stack->second,
                                cell.contrast.ours, baseline->second, cell.contrast.theirs);
  return result;
}

}  // namespace hopcost::overhead
