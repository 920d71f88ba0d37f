#include "overhead/measure/pilot.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace hopcost::overhead {
namespace {

constexpr int kCeilingConnections = 16;
constexpr Nanos kCeilingPass = 200 * kMillisecond;
constexpr Nanos kWarmupPass = 80 * kMillisecond;
constexpr int kMostWarmups = 6;
constexpr int kMostUneven = 10;
constexpr double kSettled = 0.2;

PassSpec short_pass(const Experiment& experiment, int connections, Mode mode, Nanos length) {
  PassSpec spec;
  spec.concurrency = connections;
  spec.mode = mode;
  spec.duration = length;
  spec.warmup = 10 * kMillisecond;
  spec.prompt_tokens = experiment.prompt_tokens;
  spec.output_tokens = experiment.output_tokens;
  return spec;
}

}  // namespace

Result<Ceiling> measure_ceiling(Site& site, const Experiment& experiment,
                                const Placement& placement, const std::stop_token& stop) {
  Backend& backend = *site.own_backend();
  const Arm baseline{kBaseline, backend.apis(), "mock-model", {}, false};
  const BackendScenario flat_out{0, 0, experiment.output_tokens};
  if (const auto set = backend.set_scenario(flat_out); !set) {
    return std::unexpected(set.error());
  }
  Ceiling ceiling;
  for (const Mode mode : {Mode::unary, Mode::stream}) {
    const auto pass =
        run_pass(site, baseline, short_pass(experiment, kCeilingConnections, mode, kCeilingPass),
                 placement, stop);
    if (!pass) return std::unexpected(pass.error());
    if (mode == Mode::unary) {
      ceiling.requests_per_s = pass->run.requests_per_s();
    } else {
      ceiling.chunks_per_s = pass->run.chunks_per_s();
    }
  }
  return ceiling;
}

Result<void> warm_up(Site& site, const Experiment& experiment, const Placement& placement,
                     const Arm& stack, int workers, const std::stop_token& stop) {
  const BackendScenario gentle{kMillisecond, 0, experiment.output_tokens};
  if (Backend* const backend = site.own_backend()) {
    if (const auto set = backend->set_scenario(gentle); !set) return set;
  }
  const int connections = std::max(4, 4 * workers);
  const int processes = site.worker_processes();
  for (const Mode mode : {Mode::unary, Mode::stream}) {
    double before = 0;
    const auto cold = site.stack_cpu(stack);
    const auto all_worked = [&] {
      const auto now = site.stack_cpu(stack);
      return !cold || !now || processes_at_work(*cold, *now) >= processes;
    };
    for (int i = 0; i < kMostUneven && !stop.stop_requested(); ++i) {
      auto spec = short_pass(experiment, connections, mode, kWarmupPass);
      spec.drain = false;
      const auto pass = run_pass(site, stack, spec, placement, stop);
      if (!pass) return std::unexpected(pass.error());
      const double now = pass->run.metrics[loadgen::Metric::e2e].quantile(0.5).value_or(0.0);
      const bool settled = i > 0 && now > 0 && std::abs(now - before) <= kSettled * now;
      if ((settled || i + 1 >= kMostWarmups) && all_worked()) break;
      before = now;
    }
  }
  wait_until_drained(site, stack);
  return {};
}

int processes_at_work(const TreeCpu& before, const TreeCpu& after) {
  constexpr Nanos kPart = 10;
  std::vector<Nanos> used;
  for (const auto& [pid, cpu] : after.by_process) {
    const auto earlier = before.by_process.find(pid);
    used.push_back(earlier == before.by_process.end() ? cpu : cpu - earlier->second);
  }
  const Nanos most = used.empty() ? 0 : *std::ranges::max_element(used);
  if (most == 0) return 0;
  return static_cast<int>(
      std::ranges::count_if(used, [&](Nanos cpu) { return cpu * kPart >= most; }));
}

BackendScenario choose_scenario(const Experiment& experiment, const Ceiling& ceiling,
                                const Level& level) {
  BackendScenario scenario{experiment.ttft, 0, output_tokens_of(experiment, level)};
  const bool closed = level.rate_per_s == 0;
  const double connections = level.concurrency;
  const auto nanos = [](double seconds) {
    return static_cast<Nanos>(std::ceil(seconds * static_cast<double>(kSecond)));
  };
  if (level.mode == Mode::unary) {
    if (ceiling.requests_per_s > 0 && closed) {
      const double shortest = connections / (kPilotLoad * ceiling.requests_per_s);
      scenario.ttft = std::max(scenario.ttft, nanos(shortest));
    }
    return scenario;
  }
  scenario.itl = level.itl >= 0 ? level.itl : experiment.itl;
  if (ceiling.chunks_per_s > 0 && closed) {
    const double shortest = connections / (kPilotLoad * ceiling.chunks_per_s);
    scenario.itl = std::max(scenario.itl, nanos(shortest));
  }
  return scenario;
}

Result<double> trial_latency(Site& site, const Arm& arm, PassSpec spec, const Placement& placement,
                             const std::stop_token& stop) {
  constexpr Nanos kLongest = 10 * kSecond;
  // In a window that is too short for most users only the quickest are seen.
  constexpr std::uint64_t kEach = 2;
  while (true) {
    const auto trial = run_pass(site, arm, spec, placement, stop);
    if (!trial) return std::unexpected(trial.error());
    const auto& latencies = trial->run.metrics[loadgen::Metric::e2e];
    const bool enough = latencies.count() >= kEach * static_cast<std::uint64_t>(spec.concurrency);
    if (enough || spec.duration >= kLongest || stop.stop_requested()) {
      return latencies.quantile(0.5).value_or(0);
    }
    spec.duration *= 2;
  }
}

Nanos choose_pass_length(const Experiment& experiment, const Level& level,
                         double slower_arm_latency_ns) {
  const double one = level.rate_per_s > 0 ? static_cast<double>(kSecond) / level.rate_per_s
                                          : slower_arm_latency_ns / level.concurrency;
  const double needed = static_cast<double>(experiment.min_requests) * one;
  // More, for the requests that lie across the window's ends, and for a machine that is slower
  // later on: a pass without a median is lost.
  constexpr double kMargin = 2;
  // Users of a closed loop come back together: a window of less than a few of their turns sees what
  // it happens to cut out.
  constexpr double kTurns = 4;
  const double turns = level.rate_per_s > 0 ? 0 : kTurns * slower_arm_latency_ns;
  return std::max(experiment.min_pass, static_cast<Nanos>(std::max(kMargin * needed, turns)));
}

}  // namespace hopcost::overhead
