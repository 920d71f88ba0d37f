#include "overhead/checks/check.hpp"

namespace hopcost::overhead {

// Parts of the measurement share CPUs, so the stack also pays for waiting; where they were promised
// more than there is, nobody knows for how much of it.
CheckResult check_shared_cores(const Cell& cell) {
  CheckResult result{.code = "shared_cores", .blocking = false, .evidence = ""};
  result.blocking = !cell.placement.overcommitted.empty();
  result.fired = result.blocking || !cell.placement.disjoint;
  result.evidence = result.blocking ? cell.placement.overcommitted : cell.placement.note;
  return result;
}

}  // namespace hopcost::overhead
