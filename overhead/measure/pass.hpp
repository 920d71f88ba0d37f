#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <vector>

#include "loadgen/run.hpp"
#include "overhead/plan/experiment.hpp"
#include "overhead/plan/placement.hpp"
#include "overhead/site/arm.hpp"
#include "overhead/site/backend.hpp"
#include "overhead/site/site.hpp"

namespace hopcost::overhead {

/// How hard and how long an arm is driven in one pass.
struct PassSpec {
  int concurrency = 1;    ///< requests always under way; open loop: at most
  double rate_per_s = 0;  ///< above 0: open loop
  double spawn_per_s =
      0;  ///< closed loop: users begin one after another; warmup lasts until all have
  loadgen::Arrival::Kind arrival = loadgen::Arrival::Kind::poisson;
  std::uint64_t seed = 1;  ///< of the arrivals
  Mode mode = Mode::unary;
  Nanos duration = 300 * kMillisecond;  ///< measured
  Nanos warmup = 30 * kMillisecond;     ///< before, cut
  int prompt_tokens = 32;
  int output_tokens = 16;
  bool drain = true;                 ///< wait for the stack to be idle again afterwards
  bool acknowledge_at_once = false;  ///< as no client does: to see what delayed ACKs cost
  Driver drive = {};                 ///< in place of our own load generator
};

/// Shares of a pass in which some task of the machine waited for it.
struct PressureShares {
  double cpu = 0;
  double io = 0;
  double memory = 0;
};

/// Which pass it was, and what went on around the load generator while it ran. Costs and counts are
/// of the whole pass, warm-up and drain included.
struct PassFacts {
  std::string arm;
  int restart = 0;
  int round = 0;
  int position = 0;        ///< within the round
  Nanos stack_cpu_ns = 0;  ///< of the stack's process trees; 0 where they are not known
  std::vector<Nanos>
      busiest_threads_ns;  ///< of the same, CPU of each, the busiest first; at most 64
  std::optional<std::uint64_t> stack_storage_bytes;  ///< read and written by the same
  std::uint64_t stack_memory_bytes = 0;  ///< of the same, after the pass; 0 where not known
  Nanos backend_cpu_ns = 0;
  std::uint64_t backend_requests = 0;
  std::uint64_t backend_connections = 0;
  std::uint64_t backend_chunks = 0;
  double backend_lateness_p50_ns = 0;
  double backend_lateness_p99_ns = 0;
  bool sees_backend = false;   ///< the backend's counters are its own; else they are 0
  bool knows_others = false;   ///< else what others used cannot be told from what is measured
  double other_cpu_share = 0;  ///< CPUs' worth of work by processes that do not take part
  double steal_share = 0;      ///< CPUs' worth taken by the host
  std::optional<PressureShares> pressure;  ///< nothing: the kernel does not say
  Nanos took_ns = 0;                       ///< warm-up and what was under way at the end included
  Nanos drain_ns = 0;                      ///< until the stack was idle again
  std::optional<Nanos> deferred_cpu_ns;    ///< of stack_cpu_ns, used after the last reply
};

/// One arm driven at one load level for one slice of time.
struct PassResult : PassFacts {
  loadgen::RunResult run;
  loadgen::Options options;  ///< it was driven with, but for the headers: they may hold keys
  std::string metrics;       ///< the stack's own after the pass; empty: nobody wants them
};

/// Drives `arm` once and, unless told otherwise, waits until the stack has drained, so that the
/// next pass starts clean.
[[nodiscard]] Result<PassResult> run_pass(Site& site, const Arm& arm, const PassSpec& spec,
                                          const Placement& placement, const std::stop_token& stop);

/// Waits until the processes of the arm's stack use less than 2 % of a core over 200 ms, at most 5
/// s. Returns how long that took; where they are not known, nothing is waited for.
Nanos wait_until_drained(const Site& site, const Arm& arm);

}  // namespace hopcost::overhead
