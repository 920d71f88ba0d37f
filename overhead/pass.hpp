#pragma once

#include <stop_token>
#include <vector>

#include "loadgen/run.hpp"
#include "overhead/arm.hpp"
#include "overhead/experiment.hpp"
#include "overhead/placement.hpp"
#include "overhead/standup.hpp"

namespace hopcost::overhead {

/// How hard and how long an arm is driven in one pass.
struct PassSpec {
  int concurrency = 1;
  Mode mode = Mode::unary;
  Nanos duration = 300 * kMillisecond;  ///< measured
  Nanos warmup = 30 * kMillisecond;     ///< before, cut
  int prompt_tokens = 32;
  int output_tokens = 16;
  bool drain = true;  ///< wait for the stack to be idle again afterwards
};

/// Which pass it was, and what went on around the load generator while it ran. Costs and counts are
/// of the whole pass, warm-up and drain included.
struct PassFacts {
  std::string arm;
  int restart = 0;
  int round = 0;
  int position = 0;        ///< within the round
  Nanos stack_cpu_ns = 0;  ///< of the stack's process trees
  Nanos backend_cpu_ns = 0;
  std::uint64_t backend_requests = 0;
  std::uint64_t backend_connections = 0;
  std::uint64_t backend_chunks = 0;
  double backend_lateness_p50_ns = 0;
  double backend_lateness_p99_ns = 0;
  double other_cpu_share = 0;  ///< CPUs' worth of work by processes that are not ours
  double steal_share = 0;      ///< CPUs' worth taken by the host
  Nanos drain_ns = 0;          ///< until the stack was idle again
};

/// One arm driven at one load level for one slice of time.
struct PassResult : PassFacts {
  loadgen::RunResult run;
};

/// Drives `arm` once and, unless told otherwise, waits until the stack has drained, so that the
/// next pass starts clean.
[[nodiscard]] Result<PassResult> run_pass(Standup& standup, const Arm& arm, const PassSpec& spec,
                                          const Placement& placement, const std::stop_token& stop);

/// Waits until the trees below `roots` use less than 2 % of a core over 200 ms, at most 5 s.
/// Returns how long that took.
Nanos wait_until_drained(const std::vector<pid_t>& roots);

}  // namespace hopcost::overhead
