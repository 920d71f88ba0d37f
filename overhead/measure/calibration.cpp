#include "overhead/measure/calibration.hpp"

#include <algorithm>
#include <cmath>
#include <random>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/http_client.hpp"
#include "common/units.hpp"
#include "overhead/measure/pilot.hpp"
#include "overhead/measure/rounds.hpp"

namespace hopcost::overhead {
namespace {

using nlohmann::json;

constexpr const char* kQuantity = "e2e.p50";
constexpr const char* kDelayHeader = "x-hopcost-add-delay";
constexpr Nanos kPass = 300 * kMillisecond;
constexpr Nanos kNullPass = 150 * kMillisecond;
constexpr int kNullRestarts = 4;
// Short, so that the CPUs between two requests are asleep for less than it takes them to sleep
// deeply: the spread of their waking would hide what is to be recovered. At concurrency 1 the
// backend is still far from its ceiling.
constexpr Nanos kBackendDelay = 100 * kMicrosecond;

std::string arm_name(Nanos delay) {
  return "stack+" + duration_text(delay);
}

/// Medians of the delays that the proxy clocked, by the delay asked for.
Result<std::map<Nanos, double>> read_truth(const HostPort& proxy) {
  const auto reply = http_exchange({.method = "GET",
                                    .address = proxy,
                                    .target = "/__reference/truth",
                                    .headers = {},
                                    .body = {}});
  if (!reply) return std::unexpected(reply.error());
  std::map<Nanos, double> truth;
  try {
    const json all = json::parse(reply->body);
    for (const auto& row : all.at("add_delay")) {
      truth[row.at("asked_ns").get<Nanos>()] = row.at("p50_ns").get<double>();
    }
  } catch (const json::exception& e) {
    return fail(ErrorCode::protocol, e.what(), "reference proxy's truth");
  }
  return truth;
}

/// Everything that the two parts of a calibration share.
struct Bench {
  const CalibrateOptions& options;
  const StudyContext& context;
  Experiment experiment;
  Placement placement;
  StandupSpec spec;
  std::mt19937_64 random;
};

Result<void> calibrate_restart(Bench& bench, int restart, int& repeats_left,
                               Calibration& calibration,
                               std::vector<std::map<Nanos, double>>& truths) {
  auto started = Standup::start(bench.spec);
  if (!started) return std::unexpected(started.error());
  Standup& standup = **started;
  const ApiBase backend = standup.backend().api();
  std::vector<Arm> arms{{kBaseline, {backend}, "mock-model", {}, false},
                        {kBaseline2, {backend}, "mock-model", {}, false},
                        {kStack, standup.stack_targets(), standup.model(), {}, true}};
  for (const Nanos delay : bench.options.delays) {
    arms.push_back({arm_name(delay),
                    standup.stack_targets(),
                    standup.model(),
                    {{kDelayHeader, duration_text(delay)}},
                    true});
  }
  if (const auto warm =
          warm_up(standup, bench.experiment, bench.placement, arms[2], 1, bench.context.stop);
      !warm) {
    return warm;
  }
  const BackendScenario scenario{kBackendDelay, 0, bench.experiment.output_tokens};
  if (const auto set = standup.backend().set_scenario(scenario); !set) return set;
  PassSpec pass;
  pass.duration = kPass;
  auto rounds =
      run_rounds(arms, restart, bench.options.rounds, bench.random, repeats_left,
                 bench.context.stop, [&](const Arm& arm) {
                   return run_pass(standup, arm, pass, bench.placement, bench.context.stop);
                 });
  if (!rounds) return std::unexpected(rounds.error());
  calibration.repeated_pairs += rounds->repeated_pairs;
  for (std::size_t i = 0; i < rounds->passes.size(); ++i) {
    const auto& done = rounds->passes[i];
    auto record = record_of(done, done.arm.starts_with(kStack));
    record.polluted = rounds->polluted[i];
    calibration.passes.push_back(std::move(record));
  }
  auto truth = read_truth(standup.stack_targets().front().address);
  if (!truth) return std::unexpected(truth.error());
  truths.push_back(std::move(*truth));
  return {};
}

/// Intervals of the backend against itself, each over restarts of its own.
Result<void> make_null_intervals(Bench& bench, Calibration& calibration) {
  StandupSpec spec = bench.spec;
  spec.replicas = 0;  // the backend alone
  for (int i = 0; i < bench.options.null_intervals && !bench.context.stop.stop_requested(); ++i) {
    if (bench.context.progress && i % 10 == 0) {
      bench.context.progress(
          fmt::format("null interval {}/{}", i + 1, bench.options.null_intervals));
    }
    std::vector<PassRecord> passes;
    int repeats_left = 2;
    for (int restart = 0; restart < kNullRestarts; ++restart) {
      auto started = Standup::start(spec);
      if (!started) return std::unexpected(started.error());
      Standup& standup = **started;
      const std::vector<Arm> arms{{kBaseline, {standup.backend().api()}, "mock-model", {}, false},
                                  {kBaseline2, {standup.backend().api()}, "mock-model", {}, false}};
      const BackendScenario scenario{kBackendDelay, 0, bench.experiment.output_tokens};
      if (const auto set = standup.backend().set_scenario(scenario); !set) return set;
      PassSpec pass;
      pass.duration = kNullPass;
      auto rounds = run_rounds(
          arms, restart, 2, bench.random, repeats_left, bench.context.stop, [&](const Arm& arm) {
            return run_pass(standup, arm, pass, bench.placement, bench.context.stop);
          });
      if (!rounds) return std::unexpected(rounds.error());
      for (const auto& done : rounds->passes) passes.push_back(record_of(done, false));
    }
    const auto values = restart_differences(passes, kBaseline2, kBaseline, kQuantity);
    const auto estimate = values ? estimate_mean(*values) : std::nullopt;
    if (!estimate) continue;
    calibration.nulls_excluding_zero += estimate->contains_zero() ? 0 : 1;
    calibration.null_intervals.push_back(*estimate);
  }
  return {};
}

}  // namespace

double DelayRow::allowed_ns() const {
  return std::max(20e3, 0.1 * truth_ns);
}

double DelayRow::error_ns() const {
  return recovered ? recovered->value - truth_ns : 0.0;
}

bool DelayRow::undecided() const {
  return !recovered || smallest_detectable(*recovered) > allowed_ns();
}

bool DelayRow::passed() const {
  return !undecided() && std::abs(error_ns()) <= allowed_ns();
}

Result<Calibration> calibrate(const CalibrateOptions& options, const StudyContext& context) {
  auto manifest = find_manifest("reference");
  if (!manifest) return std::unexpected(manifest.error());
  Calibration calibration;
  calibration.machine = read_machine_facts();
  calibration.placement = place(allowed_cpus(), true);
  calibration.seed = std::random_device{}();
  Bench bench{options,       context,
              Experiment{},  calibration.placement,
              StandupSpec{}, std::mt19937_64(calibration.seed)};
  bench.spec.manifest = std::move(*manifest);
  bench.spec.placement = calibration.placement;
  bench.spec.logs = context.logs;

  std::vector<std::map<Nanos, double>> truths;
  int repeats_left = options.restarts * options.rounds / 4;
  for (int restart = 0; restart < options.restarts && !context.stop.stop_requested(); ++restart) {
    if (context.progress) {
      context.progress(fmt::format("known delays, restart {}/{}", restart + 1, options.restarts));
    }
    const auto done = calibrate_restart(bench, restart, repeats_left, calibration, truths);
    if (!done) return std::unexpected(done.error());
  }
  for (const Nanos delay : options.delays) {
    DelayRow row;
    row.asked_ns = delay;
    const auto values = restart_differences(calibration.passes, arm_name(delay), kStack, kQuantity);
    if (values) row.recovered = estimate_mean(*values);
    calibration.rows.push_back(std::move(row));
  }
  if (const auto values =
          restart_differences(calibration.passes, kBaseline2, kBaseline, kQuantity)) {
    calibration.null = estimate_mean(*values);
  }
  // Only now is the truth joined.
  for (auto& row : calibration.rows) {
    for (const auto& truth : truths) {
      const auto found = truth.find(row.asked_ns);
      if (found != truth.end()) {
        row.truth_ns += found->second / static_cast<double>(truths.size());
      }
    }
  }
  if (const auto done = make_null_intervals(bench, calibration); !done) {
    return std::unexpected(done.error());
  }
  return calibration;
}

std::string calibration_table(const Calibration& calibration) {
  std::string out = fmt::format(
      "\nDoes the ruler recover known delays? Concurrency 1, {} restarts, 95 % intervals, us\n"
      "{}, {} CPUs ({})\n\n{:>9} {:>12} {:>26} {:>8} {:>9}  {}\n",
      calibration.rows.empty() || !calibration.rows.front().recovered
          ? 0
          : calibration.rows.front().recovered->restarts.size(),
      calibration.machine.cpu_model, calibration.machine.cpus, calibration.placement.note, "asked",
      "proxy clocked", "recovered", "error", "allowed", "verdict");
  for (const auto& row : calibration.rows) {
    const std::string recovered =
        row.recovered ? fmt::format("{:.1f} [{:.1f}, {:.1f}]", row.recovered->value / 1e3,
                                    row.recovered->low / 1e3, row.recovered->high / 1e3)
                      : "n/a";
    out +=
        fmt::format("{:>9} {:>12.1f} {:>27} {:>+8.1f} {:>9.1f}  {}\n", duration_text(row.asked_ns),
                    row.truth_ns / 1e3, recovered, row.error_ns() / 1e3, row.allowed_ns() / 1e3,
                    row.undecided() ? "no verdict: too noisy"
                    : row.passed()  ? "pass"
                                    : "FAIL");
  }
  if (calibration.null) {
    out += fmt::format(
        "\nbaseline2 - baseline: {:.1f} [{:.1f}, {:.1f}]; {} pairs of rounds repeated\n",
        calibration.null->value / 1e3, calibration.null->low / 1e3, calibration.null->high / 1e3,
        calibration.repeated_pairs);
  }
  if (!calibration.null_intervals.empty()) {
    std::vector<double> floors;
    for (const auto& null : calibration.null_intervals) floors.push_back(null.largest_end());
    out += fmt::format(
        "{} of {} null intervals exclude zero (5 % expected); their noise floor, median: {:.1f} "
        "us\n",
        calibration.nulls_excluding_zero, calibration.null_intervals.size(), median(floors) / 1e3);
  }
  return out;
}

}  // namespace hopcost::overhead
