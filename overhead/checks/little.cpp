#include <cmath>

#include <fmt/format.h>

#include "common/units.hpp"
#include "overhead/checks/check.hpp"

namespace hopcost::overhead {

// Little's law, before the start: the rate asked for needs more requests under way than there may
// be. The cell is not measured then.
CheckResult check_little(const Cell& cell) {
  CheckResult result{.code = "little", .blocking = true, .evidence = ""};
  if (cell.asked.rate_per_s <= 0 || cell.alone_ns <= 0) {
    result.checked = false;
    return result;
  }
  const double needed = cell.asked.rate_per_s * cell.alone_ns / static_cast<double>(kSecond);
  result.fired = needed > cell.asked.concurrency;
  result.evidence =
      fmt::format("{:g}/s of replies that take {} alone need {:.0f} requests under way; {} may be",
                  cell.asked.rate_per_s, format_duration(cell.alone_ns), std::ceil(needed),
                  cell.asked.concurrency);
  return result;
}

}  // namespace hopcost::overhead
