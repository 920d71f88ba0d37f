#include <fmt/format.h>

#include "overhead/checks/check.hpp"

namespace hopcost::overhead {

// The stack opens more than one backend connection for ten requests.
CheckResult check_connection_churn(const Cell& cell) {
  constexpr double kAllowed = 0.1;
  CheckResult result{.code = "connection_churn", .blocking = false, .evidence = ""};
  if (!cell.connections_per_request) {
    result.checked = false;
    return result;
  }
  result.fired = *cell.connections_per_request > kAllowed;
  result.evidence =
      fmt::format("{:.2f} backend connections per request", *cell.connections_per_request);
  return result;
}

}  // namespace hopcost::overhead
