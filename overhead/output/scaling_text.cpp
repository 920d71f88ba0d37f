#include "overhead/output/scaling_text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/units.hpp"
#include "overhead/output/columns.hpp"
#include "overhead/output/record.hpp"

namespace hopcost::overhead {
namespace {

const char* name_of(ScalingCurve::Over over) {
  return over == ScalingCurve::Over::workers ? "workers" : "replicas";
}

std::string interval(const Estimate& estimate, int decimals) {
  return fmt::format("{:.{}f} [{:.{}f}, {:.{}f}]", estimate.value, decimals, estimate.low, decimals,
                     estimate.high, decimals);
}

std::string usl_text(const ScalingCurve& curve) {
  if (!curve.usl) {
    return fmt::format("no fit of the Universal Scalability Law: {} counts, it takes 5",
                       curve.points.size());
  }
  const auto& usl = *curve.usl;
  return fmt::format("Universal Scalability Law: lambda {}, alpha {}, beta {}; {}",
                     interval(usl.lambda, 1), interval(usl.alpha, 4), interval(usl.beta, 5),
                     usl.peak ? fmt::format("most at {:.1f}", *usl.peak) : "it rises without end");
}

std::string curve_text(const ScalingCurve& curve) {
  const bool over_workers = curve.over == ScalingCurve::Over::workers;
  std::vector<std::vector<std::string>> rows{
      {name_of(curve.over), curve.mode == Mode::unary ? "requests/s" : "chunks/s", "speed-up",
       "efficiency", "backend alone", "stack CPUs", "backend CPUs", "generator busy", "p95"}};
  for (const auto& point : curve.points) {
    rows.push_back({std::to_string(point.n), interval(point.throughput, 1),
                    point.speedup ? interval(*point.speedup, 2) : "1",
                    fmt::format("{:.0f} %", 100 * point.efficiency),
                    fmt::format("{:.1f}", point.backend_throughput),
                    fmt::format("{:.2f}", point.evidence.stack_cores),
                    fmt::format("{:.2f}", point.evidence.backend_cores),
                    fmt::format("{:.0f} %", 100 * point.evidence.generator_busy),
                    point.evidence.p95_ns > 0 ? format_duration(point.evidence.p95_ns) : "-"});
  }
  return fmt::format("\n{} over {} ({} {}{}, {}), as much as goes through\n\n{}{}: {}\n{}\n",
                     curve.stack, name_of(curve.over), curve.fixed,
                     over_workers ? (curve.fixed == 1 ? "replica" : "replicas")
                                  : (curve.fixed == 1 ? "worker each" : "workers each"),
                     curve.backends > 1 ? fmt::format(", {} backends", curve.backends) : "",
                     mode_name(curve.mode), aligned(rows), curve.diagnosis.code,
                     curve.diagnosis.evidence, usl_text(curve));
}

nlohmann::json point_json(const ScalingPoint& point) {
  const auto& seen = point.evidence;
  return {
      {"n", point.n},
      {"cell", point.cell},
      {"throughput_per_s", to_json(point.throughput)},
      {"speedup", point.speedup ? to_json(*point.speedup) : nlohmann::json(nullptr)},
      {"efficiency", point.efficiency},
      {"backend_throughput_per_s", point.backend_throughput},
      {"stack_cores", seen.stack_cores},
      {"busiest_thread_cores", seen.busiest_thread},
      {"imbalance", seen.imbalance},
      {"backend_cores", seen.backend_cores},
      {"generator_busy_share", seen.generator_busy},
      {"p95_ns", seen.p95_ns},
      {"failed_share", seen.failed_share},
      {"storage_bytes_per_s", seen.storage_bytes_per_s ? nlohmann::json(*seen.storage_bytes_per_s)
                                                       : nlohmann::json(nullptr)},
      {"io_pressure",
       seen.io_pressure ? nlohmann::json(*seen.io_pressure) : nlohmann::json(nullptr)},
      {"network_bytes_per_s", seen.network_bytes_per_s}};
}

}  // namespace

std::string scaling_table(const std::vector<ScalingCurve>& curves) {
  std::string out;
  for (const auto& curve : curves) out += curve_text(curve);
  return out;
}

nlohmann::json scaling_json(const std::vector<ScalingCurve>& curves) {
  nlohmann::json all = nlohmann::json::array();
  for (const auto& curve : curves) {
    nlohmann::json points = nlohmann::json::array();
    for (const auto& point : curve.points) points.push_back(point_json(point));
    nlohmann::json usl = nullptr;
    if (curve.usl) {
      usl = {
          {"lambda_per_s", to_json(curve.usl->lambda)},
          {"alpha", to_json(curve.usl->alpha)},
          {"beta", to_json(curve.usl->beta)},
          {"peak", curve.usl->peak ? nlohmann::json(*curve.usl->peak) : nlohmann::json(nullptr)}};
    }
    all.push_back(
        {{"stack", curve.stack},
         {"mode", mode_name(curve.mode)},
         {"over", name_of(curve.over)},
         {"fixed", curve.fixed},
         {"backend_replicas", curve.backends},
         {"stack_cpus", curve.stack_cpus},
         {"backend_cpus", curve.backend_cpus},
         {"shared_cpus", curve.shared_cpus},
         {"points", points},
         {"usl", usl},
         {"diagnosis", {{"code", curve.diagnosis.code}, {"evidence", curve.diagnosis.evidence}}}});
  }
  return all;
}

std::string slopes_text(const std::vector<Slope>& slopes) {
  if (slopes.empty()) return {};
  std::string out = "\nHow the overhead grows, in microseconds\n";
  for (const auto& slope : slopes) {
    out += fmt::format("  {} {} {}: {:+.3f} [{:.3f}, {:.3f}] a {} ({} levels, {} to {})\n",
                       slope.standup, mode_name(slope.mode), slope.quantity, slope.ns.value / 1e3,
                       slope.ns.low / 1e3, slope.ns.high / 1e3, slope.per, slope.levels.size(),
                       slope.levels.front(), slope.levels.back());
  }
  return out;
}

nlohmann::json slopes_json(const std::vector<Slope>& slopes) {
  nlohmann::json all = nlohmann::json::array();
  for (const auto& slope : slopes) {
    all.push_back({{"standup", slope.standup},
                   {"mode", mode_name(slope.mode)},
                   {"quantity", slope.quantity},
                   {"per", slope.per},
                   {"levels", slope.levels},
                   {"cells", slope.cells},
                   {"ns", to_json(slope.ns)}});
  }
  return all;
}

std::string ratios_text(const std::vector<ReplicaRatio>& ratios) {
  if (ratios.empty()) return {};
  std::string out = "\nHow few instances of a stack are enough, to so many backends\n";
  for (const auto& ratio : ratios) {
    const auto& enough = ratio.points[ratio.enough];
    const auto& best = ratio.points[ratio.best];
    out += fmt::format(
        "  {} ({} {}, {}{}, {}): {} to {}, {:+.1f} us; the best, {} to {}, adds {:+.1f} us, "
        "noise floor {:.1f} us\n",
        ratio.stack, ratio.workers, ratio.workers == 1 ? "worker" : "workers each",
        users_text(ratio.level), ratio.level.rate_per_s > 0 ? "" : " under way",
        mode_name(ratio.level.mode), enough.replicas, enough.backends, enough.added_ns / 1e3,
        best.replicas, best.backends, best.added_ns / 1e3, ratio.noise_floor_ns / 1e3);
  }
  return out;
}

nlohmann::json ratios_json(const std::vector<ReplicaRatio>& ratios) {
  nlohmann::json all = nlohmann::json::array();
  for (const auto& ratio : ratios) {
    nlohmann::json points = nlohmann::json::array();
    for (const auto& point : ratio.points) {
      points.push_back({{"replicas", point.replicas},
                        {"backend_replicas", point.backends},
                        {"cell", point.cell},
                        {"added_ns", point.added_ns}});
    }
    all.push_back({{"stack", ratio.stack},
                   {"workers", ratio.workers},
                   {"mode", mode_name(ratio.level.mode)},
                   {"load", users_text(ratio.level)},
                   {"points", points},
                   {"best", ratio.points[ratio.best].cell},
                   {"enough", ratio.points[ratio.enough].cell},
                   {"noise_floor_ns", ratio.noise_floor_ns}});
  }
  return all;
}

}  // namespace hopcost::overhead
