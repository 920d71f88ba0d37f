#include "overhead/checks/check.hpp"

namespace hopcost::overhead {

// Parts of the measurement share CPUs, so the stack also pays for waiting.
CheckResult check_shared_cores(const Cell& cell) {
  CheckResult result{.code = "shared_cores", .blocking = false, .evidence = ""};
  result.fired = !cell.placement.disjoint;
  result.evidence = cell.placement.note;
  return result;
}

}  // namespace hopcost::overhead
