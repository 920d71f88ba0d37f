#include <fmt/format.h>

#include "overhead/checks/check.hpp"

namespace hopcost::overhead {

// A stack cannot be faster than the backend it forwards to: something is wrong with the comparison.
// One build of it can be faster than another.
CheckResult check_negative_overhead(const Cell& cell) {
  CheckResult result{.code = "negative_overhead", .blocking = true, .evidence = ""};
  const auto found = cell.overheads.find(cell.headline());
  if (found == cell.overheads.end() || cell.contrast.of_builds()) {
    result.checked = false;
    return result;
  }
  const auto& difference = found->second.difference;
  result.fired = difference.high < 0;
  result.evidence = fmt::format("{} [{:.1f}, {:.1f}] us", cell.headline(), difference.low / 1e3,
                                difference.high / 1e3);
  return result;
}

}  // namespace hopcost::overhead
