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

constexpr const char* kNullQuantity = "e2e.p50";
constexpr Nanos kPass = 300 * kMillisecond;
constexpr Nanos kNullPass = 150 * kMillisecond;
constexpr int kNullRestarts = 4;
// Short, so that the CPUs between two requests are asleep for less than it takes them to sleep
// deeply: the spread of their waking would hide what is to be recovered. At concurrency 1 the
// backend is still far from its ceiling.
constexpr Nanos kBackendDelay = 100 * kMicrosecond;
constexpr Nanos kBackendGap = 500 * kMicrosecond;  // so that chunks come one by one

/// Medians of what the proxy clocked.
Result<Truth> read_truth(const HostPort& proxy) {
  const auto reply = http_exchange({.method = "GET",
                                    .address = proxy,
                                    .target = "/__reference/truth",
                                    .headers = {},
                                    .body = {}});
  if (!reply) return std::unexpected(reply.error());
  Truth truth;
  try {
    const json all = json::parse(reply->body);
    for (const auto& [name, list] : all.items()) {
      for (const auto& row : list) {
        truth[name][row.at("asked_ns").get<Nanos>()] = row.at("p50_ns").get<double>();
      }
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

/// The arms of each round: with each cost and without.
std::vector<Arm> arms_of(Standup& standup, const CalibrateOptions& options) {
  const std::vector<ApiBase> backend = standup.backend().apis();
  const auto through = [&](std::string name,
                           std::vector<std::pair<std::string, std::string>> header) {
    return Arm{std::move(name), standup.stack_targets(), standup.model(), std::move(header), true};
  };
  std::vector<Arm> arms{{kBaseline, backend, "mock-model", {}, false},
                        {kBaseline2, backend, "mock-model", {}, false},
                        through(kStack, {})};
  const bool streams =
      std::ranges::find(options.costs, Mode::stream, &KnownCost::mode) != options.costs.end();
  if (streams || options.buffering) arms.push_back(through(kStackStream, {}));
  for (const auto& cost : options.costs) arms.push_back(through(cost.arm(), {cost.header()}));
  if (options.buffering) {
    arms.push_back({kBaselineStream, backend, "mock-model", {}, false});
    arms.push_back(through(kStackBuffered, {{"x-hopcost-buffer", "true"}}));
  }
  return arms;
}

Mode mode_of(const Arm& arm) {
  return arm.name.starts_with(kStackStream) || arm.name == kBaselineStream ? Mode::stream
                                                                           : Mode::unary;
}

Result<void> calibrate_restart(Bench& bench, int restart, int& repeats_left,
                               Calibration& calibration, std::vector<Truth>& truths) {
  auto started = Standup::start(bench.spec);
  if (!started) return std::unexpected(started.error());
  Standup& standup = **started;
  const auto arms = arms_of(standup, bench.options);
  if (const auto warm =
          warm_up(standup, bench.experiment, bench.placement, arms[2], 1, bench.context.stop);
      !warm) {
    return warm;
  }
  const BackendScenario scenario{kBackendDelay, kBackendGap, bench.experiment.output_tokens};
  if (const auto set = standup.backend().set_scenario(scenario); !set) return set;
  auto rounds =
      run_rounds(arms, restart, bench.options.rounds, bench.random, repeats_left,
                 bench.context.stop, [&](const Arm& arm) {
                   PassSpec pass;
                   pass.duration = kPass;
                   pass.mode = mode_of(arm);
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
  ++calibration.restarts;
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
      const std::vector<Arm> arms{{kBaseline, standup.backend().apis(), "mock-model", {}, false},
                                  {kBaseline2, standup.backend().apis(), "mock-model", {}, false}};
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
    const auto values = restart_differences(passes, kBaseline2, kBaseline, kNullQuantity);
    const auto estimate = values ? estimate_mean(*values) : std::nullopt;
    if (!estimate) continue;
    calibration.nulls_excluding_zero += estimate->contains_zero() ? 0 : 1;
    calibration.null_intervals.push_back(*estimate);
  }
  return {};
}

/// At most so many of `count` intervals of 95 % exclude zero in 99 % of calibrations that are
/// right.
int explained_by_chance(int count) {
  constexpr double kOne = 0.05;
  constexpr double kSure = 0.99;
  double chance = std::pow(1 - kOne, count);  // of none
  double below = chance;
  int most = 0;
  while (below < kSure && most < count) {
    ++most;
    chance *= (count - most + 1) * kOne / (most * (1 - kOne));
    below += chance;
  }
  return most;
}

}  // namespace

Verdict Calibration::verdict() const {
  const auto missed = [](const KnownCost& cost) { return !cost.undecided() && !cost.passed(); };
  const bool nulls_good =
      nulls_excluding_zero <= explained_by_chance(static_cast<int>(null_intervals.size()));
  const bool buffering_good = !buffering || buffering->seen;
  if (std::ranges::any_of(costs, missed) || !nulls_good || !buffering_good) return Verdict::fail;
  return std::ranges::all_of(costs, &KnownCost::passed) ? Verdict::pass : Verdict::no_verdict;
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

  std::vector<Truth> truths;
  int repeats_left = options.restarts * options.rounds / 4;
  for (int restart = 0; restart < options.restarts && !context.stop.stop_requested(); ++restart) {
    if (context.progress) {
      context.progress(fmt::format("known costs, restart {}/{}", restart + 1, options.restarts));
    }
    const auto done = calibrate_restart(bench, restart, repeats_left, calibration, truths);
    if (!done) return std::unexpected(done.error());
  }
  calibration.costs = options.costs;
  recover(calibration.costs, calibration.passes, truths);
  calibration.buffering = recover_buffering(calibration.passes);
  if (const auto values =
          restart_differences(calibration.passes, kBaseline2, kBaseline, kNullQuantity)) {
    calibration.null = estimate_mean(*values);
  }
  if (const auto done = make_null_intervals(bench, calibration); !done) {
    return std::unexpected(done.error());
  }
  return calibration;
}

}  // namespace hopcost::overhead
