#include <array>

#include "overhead/checks/check.hpp"

namespace hopcost::overhead {

namespace {

struct Rule {
  Check check;
  bool at_ceilings;  ///< else it is about latencies: what is driven to its limit is saturated
};

constexpr std::array kAll{Rule{check_errors, true},
                          Rule{check_stream_broken, true},
                          Rule{check_stream_coalesced, false},
                          Rule{check_connection_churn, true},
                          Rule{check_workers_mismatch, true},
                          Rule{check_worker_imbalance, true},
                          Rule{check_backend_saturated, false},
                          Rule{check_generator_saturated, false},
                          Rule{check_negative_overhead, false},
                          Rule{check_rate_missed, false},
                          Rule{check_little, false},
                          Rule{check_delayed_ack, false},
                          Rule{check_retried, true},
                          Rule{check_deferred_work, true},
                          Rule{check_restarts_disagree, false},
                          Rule{check_tail_in_bursts, false},
                          Rule{check_shared_cores, true},
                          Rule{check_other_load, true}};

}  // namespace

std::vector<CheckResult> run_checks(const Cell& cell) {
  std::vector<CheckResult> results;
  for (const auto& [check, at_ceilings] : kAll) {
    auto result = check(cell);
    if (cell.asked.load == Load::ceiling && !at_ceilings) {
      result.checked = result.fired = false;
      result.evidence.clear();
    }
    results.push_back(std::move(result));
  }
  return results;
}

}  // namespace hopcost::overhead
