#include <algorithm>

#include <fmt/format.h>

#include "overhead/checks/check.hpp"

namespace hopcost::overhead {

// Other processes (or the host) took CPU time while it was measured. Pairs of rounds in which they
// did were repeated; this fires when more than one pass in ten had to be kept all the same.
CheckResult check_other_load(const Cell& cell) {
  constexpr double kAllowed = 0.1;
  CheckResult result{.code = "other_load", .blocking = true, .evidence = ""};
  std::size_t polluted = 0;
  double other = 0;
  double steal = 0;
  for (const auto& pass : cell.passes) {
    result.checked = result.checked && pass.knows_others;
    polluted += pass.polluted ? 1U : 0U;
    other = std::max(other, pass.other_cpu_share);
    steal = std::max(steal, pass.steal_share);
  }
  if (!result.checked) {
    result.evidence = fmt::format(
        "what others used cannot be told from what the endpoints' own processes use; {:.0f} % of a "
        "core stolen at most",
        100 * steal);
    return result;
  }
  result.fired = static_cast<double>(polluted) > kAllowed * static_cast<double>(cell.passes.size());
  result.evidence = fmt::format(
      "{} of {} passes polluted, {} pairs of rounds repeated; at most {:.0f} % of a core by "
      "others, "
      "{:.0f} % stolen",
      polluted, cell.passes.size(), cell.repeated_pairs, 100 * other, 100 * steal);
  return result;
}

}  // namespace hopcost::overhead
