#pragma once

#include <vector>

#include "overhead/estimate/cell.hpp"

namespace hopcost::overhead {

/// A validity check looks at a finished cell and says, with evidence, whether something is wrong
/// with the measurement. Rules and defaults: docs/measurement.md. A new one is a file here, a line
/// in all.cpp, and a test that provokes it.
using Check = CheckResult (*)(const Cell& cell);

CheckResult check_errors(const Cell& cell);
CheckResult check_stream_broken(const Cell& cell);
CheckResult check_stream_coalesced(const Cell& cell);
CheckResult check_connection_churn(const Cell& cell);
CheckResult check_workers_mismatch(const Cell& cell);
CheckResult check_worker_imbalance(const Cell& cell);
CheckResult check_backend_saturated(const Cell& cell);
CheckResult check_generator_saturated(const Cell& cell);
CheckResult check_negative_overhead(const Cell& cell);
CheckResult check_rate_missed(const Cell& cell);
CheckResult check_little(const Cell& cell);
CheckResult check_delayed_ack(const Cell& cell);
CheckResult check_retried(const Cell& cell);
CheckResult check_deferred_work(const Cell& cell);
CheckResult check_restarts_disagree(const Cell& cell);
CheckResult check_tail_in_bursts(const Cell& cell);
CheckResult check_shared_cores(const Cell& cell);
CheckResult check_other_load(const Cell& cell);

/// All of them, in the order of the documentation.
[[nodiscard]] std::vector<CheckResult> run_checks(const Cell& cell);

}  // namespace hopcost::overhead
