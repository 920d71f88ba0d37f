#include "overhead/scaling/curve.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "overhead/checks/imbalance.hpp"
#include "overhead/scaling/usl.hpp"

namespace hopcost::overhead {
namespace {

constexpr std::size_t kDistinctForUsl = 5;

/// The median over the stack's passes of what `value` gives, an optional double; 0 where none does.
template <class Value>
double median_of_stack(const Cell& cell, Value&& value) {
  std::vector<double> values;
  for (const auto& pass : cell.passes) {
    if (pass.arm != cell.contrast.ours) continue;
    if (const std::optional<double> one = value(pass)) values.push_back(*one);
  }
  return values.empty() ? 0 : median(values);
}

/// The same, nothing where none does.
template <class Value>
std::optional<double> if_known(const Cell& cell, Value&& value) {
  const bool known = std::ranges::any_of(cell.passes, [&](const PassRecord& pass) {
    return pass.arm == cell.contrast.ours && value(pass).has_value();
  });
  return known ? std::optional(median_of_stack(cell, value)) : std::nullopt;
}

/// So many bytes in a pass, a second of it.
std::optional<double> per_s(const PassRecord& pass, std::uint64_t bytes) {
  if (pass.took_ns <= 0) return std::nullopt;
  return static_cast<double>(bytes) / in_seconds(pass.took_ns);
}

/// CPUs' worth of work that comes with the pass's rate of requests.
std::optional<double> cores(const PassRecord& pass, Nanos cpu) {
  const auto rate = pass.value("requests_per_s");
  if (!rate || pass.counters.requests_total == 0) return std::nullopt;
  const double each = static_cast<double>(cpu) / static_cast<double>(pass.counters.requests_total);
  return each * *rate / static_cast<double>(kSecond);
}

/// Of all passes through the stack together: one alone is often too short for it. 0: not known.
double p95_of(const Cell& cell) {
  const auto found = cell.merged.find(cell.contrast.ours);
  if (found != cell.merged.end()) {
    const auto& e2e = found->second.metrics[loadgen::Metric::e2e];
    if (const auto p95 = e2e.quantile_if_supported(0.95)) return *p95;
  }
  return median_of_stack(cell, [](const auto& pass) { return pass.value("e2e.p95"); });
}

PointEvidence evidence_of(const Cell& cell) {
  PointEvidence seen;
  seen.stack_cores =
      median_of_stack(cell, [](const auto& pass) { return cores(pass, pass.stack_cpu_ns); });
  seen.busiest_thread = median_of_stack(cell, [](const auto& pass) {
    return cores(pass, pass.busiest_threads_ns.empty() ? 0 : pass.busiest_threads_ns.front());
  });
  seen.imbalance = median_imbalance(cell).value_or(0);
  seen.backend_cores =
      median_of_stack(cell, [](const auto& pass) { return cores(pass, pass.backend_cpu_ns); });
  seen.generator_busy =
      median_of_stack(cell, [](const auto& pass) { return pass.generator_busy_share; });
  seen.p95_ns = p95_of(cell);
  seen.storage_bytes_per_s = if_known(cell, [](const PassRecord& pass) {
    return pass.stack_storage_bytes ? per_s(pass, *pass.stack_storage_bytes) : std::nullopt;
  });
  seen.io_pressure = if_known(cell, [](const PassRecord& pass) {
    return pass.pressure ? std::optional(pass.pressure->io) : std::nullopt;
  });
  seen.network_bytes_per_s =
      median_of_stack(cell, [](const auto& pass) { return per_s(pass, pass.counters.bytes_read); });
  double sent = 0;
  double ok = 0;
  for (const auto& pass : cell.passes) {
    sent += static_cast<double>(pass.counters.sent);
    ok += static_cast<double>(pass.counters.ok);
  }
  seen.failed_share = sent > 0 ? 1 - ok / sent : 0;
  return seen;
}

/// One throughput a restart.
std::vector<double> throughputs(const Cell& cell) {
  return restart_medians(cell.passes, cell.contrast.ours,
                         [&](const PassRecord& pass) { return pass.value(cell.headline()); });
}

std::optional<ScalingPoint> point_of(const Cell& cell, int n) {
  auto throughput = estimate_mean(throughputs(cell), cell.level);
  // A restart in which nothing came through tells of no rate, nor does a mean over it.
  if (!throughput || std::ranges::min(throughput->restarts) <= 0) return std::nullopt;
  ScalingPoint point;
  point.n = n;
  point.cell = cell.id;
  point.throughput = std::move(*throughput);
  point.backend_throughput = arm_level(cell, cell.contrast.theirs, cell.headline()).value_or(0);
  point.evidence = evidence_of(cell);
  return point;
}

/// Restart i of every stand-up comes at about the same time: their ratio leaves drift out.
void compare_with_first(std::vector<ScalingPoint>& points) {
  const auto& first = points.front();
  for (auto& point : points) {
    std::vector<double> ratios;
    const auto& ours = point.throughput.restarts;
    const auto& theirs = first.throughput.restarts;
    for (std::size_t i = 0; i < std::min(ours.size(), theirs.size()); ++i) {
      if (theirs[i] > 0) ratios.push_back(ours[i] / theirs[i]);
    }
    if (&point != &first) point.speedup = estimate_ratio(ratios, point.throughput.level);
    const double speedup = point.throughput.value / first.throughput.value;
    point.efficiency = speedup * first.n / point.n;
  }
}

std::optional<UslEstimate> usl_of(const std::vector<ScalingPoint>& points) {
  if (points.size() < kDistinctForUsl) return std::nullopt;
  std::size_t restarts = points.front().throughput.restarts.size();
  for (const auto& point : points) {
    restarts = std::min(restarts, point.throughput.restarts.size());
  }
  std::vector<double> lambdas;
  std::vector<double> alphas;
  std::vector<double> betas;
  for (std::size_t i = 0; i < restarts; ++i) {
    std::vector<LoadPoint> of_restart;
    for (const auto& point : points) {
      of_restart.push_back({static_cast<double>(point.n), point.throughput.restarts[i]});
    }
    const auto fit = fit_usl(of_restart);
    if (!fit) return std::nullopt;
    lambdas.push_back(fit->lambda);
    alphas.push_back(fit->alpha);
    betas.push_back(fit->beta);
  }
  const double level = points.front().throughput.level;
  auto lambda = estimate_mean(lambdas, level);
  auto alpha = estimate_mean(alphas, level);
  auto beta = estimate_mean(betas, level);
  if (!lambda || !alpha || !beta) return std::nullopt;
  const UslFit mean{lambda->value, alpha->value, beta->value};
  return UslEstimate{std::move(*lambda), std::move(*alpha), std::move(*beta), mean.peak()};
}

using Over = ScalingCurve::Over;
/// Stack, backends, mode, what varies, and the value of what does not.
using CurveKey = std::tuple<std::string, int, Mode, Over, int>;

}  // namespace

std::vector<ScalingCurve> scaling_of(const std::vector<Cell>& cells, int machine_cpus) {
  std::map<CurveKey, std::map<int, const Cell*>> groups;
  for (const auto& cell : cells) {
    if (cell.asked.load != Load::ceiling || cell.state == State::no_verdict) continue;
    const auto& [stack, workers, replicas, levels, backends] = cell.standup;
    groups[{stack, backends, cell.asked.mode, Over::workers, replicas}][workers] = &cell;
    groups[{stack, backends, cell.asked.mode, Over::replicas, workers}][replicas] = &cell;
  }
  std::vector<ScalingCurve> curves;
  for (const auto& [key, by_n] : groups) {
    ScalingCurve curve;
    std::tie(curve.stack, curve.backends, curve.mode, curve.over, curve.fixed) = key;
    for (const auto& [n, cell] : by_n) {
      if (auto point = point_of(*cell, n)) curve.points.push_back(std::move(*point));
    }
    if (curve.points.size() < 2) continue;
    const auto& placement = by_n.begin()->second->placement;
    curve.stack_cpus = placement.stack_cpus(machine_cpus);
    curve.backend_cpus =
        placement.backend.empty() ? machine_cpus : static_cast<int>(placement.backend.size());
    curve.shared_cpus = !placement.disjoint;
    compare_with_first(curve.points);
    curve.usl = usl_of(curve.points);
    curve.diagnosis = diagnose(curve);
    curves.push_back(std::move(curve));
  }
  return curves;
}

}  // namespace hopcost::overhead
