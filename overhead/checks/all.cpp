#include <array>

#include "overhead/checks/check.hpp"

namespace hopcost::overhead {

std::vector<CheckResult> run_checks(const Cell& cell) {
  constexpr std::array<Check, 12> kAll{check_errors,
                                       check_stream_broken,
                                       check_stream_coalesced,
                                       check_connection_churn,
                                       check_workers_mismatch,
                                       check_backend_saturated,
                                       check_generator_saturated,
                                       check_negative_overhead,
                                       check_retried,
                                       check_restarts_disagree,
                                       check_shared_cores,
                                       check_other_load};
  std::vector<CheckResult> results;
  for (const Check check : kAll) results.push_back(check(cell));
  return results;
}

}  // namespace hopcost::overhead
