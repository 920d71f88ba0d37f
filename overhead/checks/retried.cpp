#include <fmt/format.h>

#include "overhead/checks/check.hpp"

namespace hopcost::overhead {

// The backend saw more requests than were sent through the stack.
CheckResult check_retried(const Cell& cell) {
  CheckResult result{.code = "retried", .blocking = true, .evidence = ""};
  std::uint64_t sent = 0;
  std::uint64_t seen = 0;
  for (const auto& pass : cell.passes) {
    if (!pass.through_stack) continue;
    if (!pass.sees_backend) {
      result.checked = false;
      result.evidence = "the backend's counters cannot be seen";
      return result;
    }
    sent += pass.counters.requests_total;
    seen += pass.backend_requests;
  }
  result.fired = seen > sent;
  result.evidence = fmt::format("{} requests sent, {} seen by the backend", sent, seen);
  return result;
}

}  // namespace hopcost::overhead
