#include "overhead/study.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <random>
#include <set>
#include <thread>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "overhead/attached.hpp"
#include "overhead/pilot.hpp"
#include "overhead/rounds.hpp"

namespace hopcost::overhead {
namespace {

/// Runs the restarts of one stand-up and fills its cells.
class StandupRunner {
 public:
  StandupRunner(const Experiment& experiment, const StandupPlan& plan, StackManifest manifest,
                const Placement& placement, const StudyContext& context, std::mt19937_64& random)
      : experiment_(experiment),
        plan_(plan),
        placement_(placement),
        context_(context),
        random_(random) {
    spec_.manifest = std::move(manifest);
    spec_.workers = plan.workers;
    spec_.replicas = plan.replicas;
    spec_.placement = placement;
    spec_.stack_port = static_cast<std::uint16_t>(experiment.stack_port);
    spec_.backend_port = static_cast<std::uint16_t>(experiment.backend_port);
    spec_.logs = context.logs;
    for (const auto& [concurrency, mode] : plan.levels) {
      Cell cell;
      cell.id = cell_id(plan, concurrency, mode);
      cell.standup = plan;
      cell.concurrency = concurrency;
      cell.mode = mode;
      cell.placement = placement;
      cells_.push_back(std::move(cell));
    }
    // One disturbed pair in two may be measured again before the rest is kept as it is.
    repeats_left_.assign(cells_.size(), std::max(2, experiment.restarts * experiment.rounds / 4));
  }

  /// The cells, concluded; those of a stand-up that broke keep what was measured.
  std::vector<Cell> run(std::optional<Error>& failure) {
    for (int restart = 0; restart < experiment_.restarts && !context_.stop.stop_requested();
         ++restart) {
      if (context_.progress) {
        context_.progress(
            fmt::format("{} restart {}/{}", plan_.id(), restart + 1, experiment_.restarts));
      }
      if (const auto done = run_restart(restart); !done) {
        failure = done.error();
        break;
      }
    }
    for (auto& cell : cells_) conclude(cell);
    return std::move(cells_);
  }

 private:
  Result<void> run_restart(int restart) {
    auto opened = open();
    if (!opened) return std::unexpected(opened.error());
    Site& site = *opened->site;
    const std::vector<Arm>& arms = opened->arms;
    if (const auto warm =
            warm_up(site, experiment_, placement_, arms.back(), plan_.workers, context_.stop);
        !warm) {
      return warm;
    }
    if (restart == 0) {
      if (const auto done = pilot(site, arms.back()); !done) return done;
    }
    for (std::size_t i = 0; i < cells_.size() && !context_.stop.stop_requested(); ++i) {
      Cell& cell = cells_[i];
      if (restart == 0 || opened->workers.mismatch()) cell.workers = opened->workers;
      if (const auto set = set_scenario(site, cell.scenario); !set) return set;
      const PassSpec pass = pass_spec(cell);
      auto rounds = run_rounds(
          arms, restart, experiment_.rounds, random_, repeats_left_[i], context_.stop,
          [&](const Arm& arm) { return run_pass(site, arm, pass, placement_, context_.stop); });
      if (!rounds) return std::unexpected(rounds.error());
      keep(cell, std::move(*rounds));
    }
    return {};
  }

  /// What a restart measures, there and ready.
  struct Opened {
    std::unique_ptr<Site> site;
    std::vector<Arm> arms;  ///< the stack's is the last
    WorkersSeen workers;
  };

  /// Starts the stand-up; or joins what somebody else runs, over new connections.
  Result<Opened> open() {
    if (experiment_.attach) {
      auto attached = Attached::join(*experiment_.attach);
      if (!attached) return std::unexpected(attached.error());
      auto arms = (*attached)->arms();
      return Opened{std::move(*attached), std::move(arms), {}};
    }
    auto started = Standup::start(spec_);
    if (!started) return std::unexpected(started.error());
    Standup& standup = **started;
    const ApiBase backend = standup.backend().api();
    std::vector<Arm> arms{
        {kBaseline, {backend}, "mock-model", {}, false},
        {kBaseline2, {backend}, "mock-model", {}, false},
        {kStack, standup.stack_targets(), standup.model(), spec_.manifest.headers, true}};
    const auto workers = standup.workers();
    return Opened{std::move(*started), std::move(arms), workers};
  }

  static Result<void> set_scenario(Site& site, const BackendScenario& scenario) {
    Backend* const backend = site.own_backend();
    if (backend == nullptr) return {};
    return backend->set_scenario(scenario);
  }

  /// The backend's delays, where it is ours, and how long a pass of each cell has to be.
  Result<void> pilot(Site& site, const Arm& stack) {
    Ceiling ceiling;
    if (site.own_backend() != nullptr) {
      const auto measured = measure_ceiling(site, experiment_, placement_, context_.stop);
      if (!measured) return std::unexpected(measured.error());
      ceiling = *measured;
    }
    for (auto& cell : cells_) {
      cell.ceiling = ceiling;
      cell.scenario = choose_scenario(experiment_, ceiling, cell.concurrency, cell.mode);
      if (const auto set = set_scenario(site, cell.scenario); !set) return set;
      cell.pass_ns = 100 * kMillisecond;
      const auto trial = run_pass(site, stack, pass_spec(cell), placement_, context_.stop);
      if (!trial) return std::unexpected(trial.error());
      const double latency = trial->run.metrics[loadgen::Metric::e2e].quantile(0.5).value_or(0.0);
      cell.pass_ns = choose_pass_length(experiment_, cell.concurrency, latency);
    }
    return {};
  }

  [[nodiscard]] PassSpec pass_spec(const Cell& cell) const {
    return {.concurrency = cell.concurrency,
            .mode = cell.mode,
            .duration = cell.pass_ns,
            .warmup = experiment_.warmup,
            .prompt_tokens = experiment_.prompt_tokens,
            .output_tokens = experiment_.output_tokens};
  }

  static void keep(Cell& cell, RoundsResult rounds) {
    cell.repeated_pairs += rounds.repeated_pairs;
    for (std::size_t i = 0; i < rounds.passes.size(); ++i) {
      const auto& pass = rounds.passes[i];
      auto record = record_of(pass, pass.arm == kStack);
      record.polluted = rounds.polluted[i];
      cell.passes.push_back(std::move(record));
      cell.merged[pass.arm].merge(pass.run);
    }
  }

  const Experiment& experiment_;
  const StandupPlan& plan_;
  const Placement& placement_;
  const StudyContext& context_;
  std::mt19937_64& random_;
  StandupSpec spec_;
  std::vector<Cell> cells_;
  std::vector<int> repeats_left_;
};

std::uint64_t draw_seed() {
  std::random_device device;
  // 53 bits, so that every JSON reader keeps it exactly.
  return ((static_cast<std::uint64_t>(device()) << 32U) | device()) >> 11U;
}

}  // namespace

std::string stack_version(const StackManifest& manifest) {
  if (manifest.version_command.empty()) return "unknown";
  Command command;
  const Placeholders values{{"bin", program_folder().string()}};
  for (const auto& argument : manifest.version_command) {
    const auto filled = expand(argument, values);
    if (!filled) return "unknown";
    command.arguments.push_back(*filled);
  }
  std::string log = (std::filesystem::temp_directory_path() / "hopcost-version-XXXXXX").string();
  const int fd = mkstemp(log.data());
  if (fd < 0) return "unknown";
  close(fd);
  command.log = log;
  auto process = SupervisedProcess::start(command);
  const Nanos deadline = now_ns() + 10 * kSecond;
  while (process && !process->ended() && now_ns() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));  // the exit of another program
  }
  if (process) process->stop();
  std::string line;
  std::ifstream file(log);
  while (line.empty() && std::getline(file, line)) {
  }
  std::error_code ignored;
  std::filesystem::remove(log, ignored);
  return line.empty() ? "unknown" : line;
}

Result<Study> run_study(const Experiment& experiment, const StudyContext& context) {
  Study study;
  study.experiment = experiment;
  if (study.experiment.seed == 0) study.experiment.seed = draw_seed();
  study.machine = read_machine_facts();
  study.placement = place(allowed_cpus(), experiment.pin && !experiment.attach);
  if (experiment.attach) {
    study.placement.note = "two endpoints that somebody else runs: not pinned, not restarted";
  }
  study.started_at = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
  const Nanos began = now_ns();
  std::mt19937_64 random(study.experiment.seed);

  const auto plans = plan_standups(experiment);
  std::map<std::string, StackManifest> manifests;
  for (const auto& plan : plans) {
    if (plan.attached() || manifests.contains(plan.stack)) continue;
    auto manifest = find_manifest(plan.stack);
    if (!manifest) return std::unexpected(manifest.error());
    manifests.emplace(plan.stack, std::move(*manifest));
  }
  std::set<std::string> left_out;
  for (const auto& [name, manifest] : manifests) {
    if (experiment.skip_missing && missing_program(manifest)) {
      left_out.insert(name);
      study.left_out.push_back(
          fmt::format("{} is not installed (to install it: {})", name, manifest.install));
    } else if (!missing_program(manifest)) {
      study.versions[name] = stack_version(manifest);
    }
  }
  for (const auto& plan : plans) {
    if (left_out.contains(plan.stack) || context.stop.stop_requested()) continue;
    std::optional<Error> failure;
    const auto manifest = plan.attached() ? StackManifest{} : manifests.at(plan.stack);
    StandupRunner runner(study.experiment, plan, manifest, study.placement, context, random);
    auto cells = runner.run(failure);
    if (failure) study.failures.push_back(*failure);
    std::ranges::move(cells, std::back_inserter(study.cells));
  }
  study.cut_short = context.stop.stop_requested();
  study.took_s = static_cast<double>(now_ns() - began) / static_cast<double>(kSecond);
  return study;
}

}  // namespace hopcost::overhead
