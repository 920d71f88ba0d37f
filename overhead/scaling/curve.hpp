#pragma once

#include <optional>
#include <string>
#include <vector>

#include "overhead/estimate/cell.hpp"

namespace hopcost::overhead {

/// What was seen beside the throughput, at one N; medians over the passes through the stack.
struct PointEvidence {
  double stack_cores = 0;                     ///< CPUs' worth of work by the stack
  double busiest_thread = 0;                  ///< of that by its busiest thread
  double imbalance = 0;                       ///< busiest worker's over the mean; 0: not known
  double backend_cores = 0;                   ///< by the backend
  double generator_busy = 0;                  ///< share of the generator thread's time
  double p95_ns = 0;                          ///< end to end; 0: not known
  double failed_share = 0;                    ///< of all requests
  std::optional<double> storage_bytes_per_s;  ///< read and written by the stack
  std::optional<double> io_pressure;          ///< share of time that some task waited for storage
  double network_bytes_per_s = 0;             ///< from the stack to the client
};

/// The ceiling of one stand-up.
struct ScalingPoint {
  int n = 1;  ///< workers or replicas
  std::string cell;
  Estimate throughput;              ///< requests or chunks a second, mean over restarts
  std::optional<Estimate> speedup;  ///< over the smallest N, restart by restart
  double efficiency = 0;            ///< of N / smallest N
  double backend_throughput = 0;    ///< of the backend alone, in the same rounds
  PointEvidence evidence;
};

/// Parameters of the Universal Scalability Law, each the mean over restarts with its interval.
struct UslEstimate {
  Estimate lambda;
  Estimate alpha;
  Estimate beta;
  std::optional<double> peak;  ///< of the mean parameters; nothing: unbounded
};

/// Why throughput is what it is: a code of docs/measurement.md, and what says so.
struct Diagnosis {
  std::string code;
  std::string evidence;
};

/// One stack over workers or replicas, the other fixed.
struct ScalingCurve {
  enum class Over { workers, replicas };
  std::string stack;
  int backends = 1;  ///< replicas of the backend
  Mode mode = Mode::unary;
  Over over = Over::workers;
  int fixed = 1;         ///< replicas, or workers of each
  int stack_cpus = 0;    ///< that the stack may use
  int backend_cpus = 0;  ///< that the backend may use
  bool shared_cpus = false;
  std::vector<ScalingPoint> points;  ///< rising N, at least two
  std::optional<UslEstimate> usl;    ///< from 5 distinct N on
  Diagnosis diagnosis;
};

/// Every curve that the ceiling cells with a verdict give. `machine_cpus`: of all CPUs, where parts
/// are not pinned.
[[nodiscard]] std::vector<ScalingCurve> scaling_of(const std::vector<Cell>& cells,
                                                   int machine_cpus);

/// What limits the curve at its largest N; rules in docs/measurement.md.
[[nodiscard]] Diagnosis diagnose(const ScalingCurve& curve);

}  // namespace hopcost::overhead
