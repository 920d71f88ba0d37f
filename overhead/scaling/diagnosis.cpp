#include <algorithm>

#include <fmt/format.h>

#include "common/units.hpp"
#include "loadgen/judge/judgement.hpp"
#include "overhead/checks/imbalance.hpp"
#include "overhead/scaling/curve.hpp"

namespace hopcost::overhead {
namespace {

constexpr double kFailed = 0.001;
constexpr double kNearlyAll = 0.85;    // of CPUs, or of N times the throughput
constexpr double kAsTheBackend = 0.9;  // of the backend's own throughput
constexpr double kFlat = 1.25;         // speed-up below this is none
constexpr double kSteady = 1.25;       // p95 over the first point's
constexpr double kIdle = 0.5;          // of the CPUs that so many workers could use

/// What the rules look at.
struct View {
  const ScalingCurve& curve;
  const ScalingPoint& first = curve.points.front();
  const ScalingPoint& top = curve.points.back();
  const PointEvidence& seen = top.evidence;
  int workers =
      curve.over == ScalingCurve::Over::workers ? top.n * curve.fixed : curve.fixed * top.n;
  double usable = std::min(workers, curve.stack_cpus);
  double speedup = top.speedup ? top.speedup->value : 1;
};

std::string cpu_text(const View& v) {
  return fmt::format("the stack uses {:.2f} of {} CPU{}, the backend {:.2f}", v.seen.stack_cores,
                     v.curve.stack_cpus, v.curve.stack_cpus == 1 ? "" : "s", v.seen.backend_cores);
}

/// What it may wait for: "storage 0.0 MB/s, waited for 0 % of the time; 3.1 MB/s to the client".
std::string io_text(const View& v) {
  constexpr double kMb = 1e6;
  const auto& seen = v.seen;
  return fmt::format(
      "storage {}, waited for {}; {:.1f} MB/s to the client",
      seen.storage_bytes_per_s ? fmt::format("{:.1f} MB/s", *seen.storage_bytes_per_s / kMb)
                               : "not known",
      seen.io_pressure ? fmt::format("{:.0f} % of the time", 100 * *seen.io_pressure) : "not known",
      seen.network_bytes_per_s / kMb);
}

std::string speedup_text(const View& v) {
  return fmt::format("{:.2f} x the throughput with {} x as many", v.speedup,
                     fmt::format("{:g}", static_cast<double>(v.top.n) / v.first.n));
}

bool is_linear(const View& v) {
  const double ideal = static_cast<double>(v.top.n) / v.first.n;
  return v.top.speedup && v.seen.p95_ns > 0 && v.top.speedup->low >= kNearlyAll * ideal &&
         v.seen.p95_ns <= kSteady * v.first.evidence.p95_ns;
}

/// Whether the CPUs that backend and stack have together are used up.
bool shares_all(const View& v) {
  return v.curve.shared_cpus &&
         v.seen.stack_cores + v.seen.backend_cores >= kNearlyAll * v.curve.stack_cpus;
}

}  // namespace

Diagnosis diagnose(const ScalingCurve& curve) {
  const View v{curve};
  if (v.seen.failed_share > kFailed) {
    return {"errors", fmt::format("{:.2g} % of requests failed", 100 * v.seen.failed_share)};
  }
  if (v.seen.generator_busy > loadgen::kBusyShare) {
    return {"generator_bound",
            fmt::format("the generator is busy {:.0f} % of the time", 100 * v.seen.generator_busy)};
  }
  if (is_linear(v)) {
    return {"linear",
            fmt::format("{}, p95 from {} to {}, nothing failed", speedup_text(v),
                        format_duration(v.first.evidence.p95_ns), format_duration(v.seen.p95_ns))};
  }
  // A worker that has all the work and is not busy with it does not limit anything.
  if (v.seen.imbalance > uneven_from(v.workers) && v.seen.busiest_thread >= kNearlyAll) {
    return {"accept_imbalance", fmt::format("the busiest of {} workers has {:.1f} x the mean CPU",
                                            v.workers, v.seen.imbalance)};
  }
  if (v.top.throughput.value >= kAsTheBackend * v.top.backend_throughput ||
      (!curve.shared_cpus && v.seen.backend_cores >= kNearlyAll * curve.backend_cpus)) {
    return {"backend_bound",
            fmt::format("{:.0f} a second of the {:.0f} that the backend does alone; {}",
                        v.top.throughput.value, v.top.backend_throughput, cpu_text(v))};
  }
  if (v.seen.stack_cores >= kNearlyAll * v.usable || shares_all(v)) {
    const bool cores = v.workers > curve.stack_cpus || shares_all(v);
    return {cores ? "core_bound" : "cpu_bound",
            fmt::format("{}, {} workers; {}", cpu_text(v), v.workers, speedup_text(v))};
  }
  const double one = v.seen.stack_cores;
  if (v.usable >= 2 && one >= kNearlyAll && one <= kFlat && v.speedup < kFlat) {
    return {"single_thread_bound", fmt::format("one core's worth of work by {} workers: {}; {}",
                                               v.workers, cpu_text(v), speedup_text(v))};
  }
  if (v.seen.stack_cores < kIdle * v.usable && v.speedup < kFlat) {
    return {"io_bound",
            fmt::format("it waits: {}; {}; {}", cpu_text(v), io_text(v), speedup_text(v))};
  }
  return {"unclear", fmt::format("{}; {}", cpu_text(v), speedup_text(v))};
}

}  // namespace hopcost::overhead
