#include <fmt/format.h>
#include <fmt/ranges.h>

#include "overhead/checks/check.hpp"

namespace hopcost::overhead {

// The workers that run are not the workers that were asked for.
CheckResult check_workers_mismatch(const Cell& cell) {
  CheckResult result{.code = "workers_mismatch", .blocking = true, .evidence = ""};
  if (!cell.workers.verifiable) {
    result.checked = false;
    result.evidence = "not verifiable: the stack's workers cannot be seen from outside";
    return result;
  }
  result.fired = cell.workers.mismatch();
  result.evidence = fmt::format("asked for {}, saw {} ({})", cell.workers.asked,
                                fmt::join(cell.workers.seen, ", "), cell.workers.how);
  return result;
}

}  // namespace hopcost::overhead
