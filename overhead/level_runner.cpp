#include "overhead/level_runner.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "overhead/pilot.hpp"
#include "overhead/rounds.hpp"

namespace hopcost::overhead {
namespace {

Result<void> set_scenario(Site& site, const BackendScenario& scenario) {
  Backend* const backend = site.own_backend();
  if (backend == nullptr) return {};
  return backend->set_scenario(scenario);
}

void keep(Cell& cell, const std::vector<Arm>& arms, RoundsResult rounds) {
  cell.repeated_pairs += rounds.repeated_pairs;
  for (std::size_t i = 0; i < rounds.passes.size(); ++i) {
    const auto& pass = rounds.passes[i];
    const auto arm = std::ranges::find(arms, pass.arm, &Arm::name);
    auto record = record_of(pass, arm->through_stack);
    record.polluted = rounds.polluted[i];
    cell.passes.push_back(std::move(record));
    cell.merged[pass.arm].merge(pass.run);
  }
}

}  // namespace

LevelRunner::LevelRunner(const Experiment& experiment, const LevelPlan& plan,
                         const StudyContext& context, std::mt19937_64& random)
    : experiment_(experiment), plan_(plan), context_(context), random_(random) {
  for (const auto& [concurrency, mode] : plan.standup.levels) {
    Cell cell;
    cell.id = cell_id(plan.standup, concurrency, mode);
    cell.standup = plan.standup;
    cell.contrast = plan.contrast;
    cell.concurrency = concurrency;
    cell.mode = mode;
    cell.placement = plan.placement;
    cells_.push_back(std::move(cell));
  }
  // One disturbed pair in two may be measured again before the rest is kept as it is.
  repeats_left_.assign(cells_.size(), std::max(2, experiment.restarts * experiment.rounds / 4));
}

std::vector<Cell> LevelRunner::run(const Open& open, std::optional<Error>& failure) {
  for (int restart = 0; restart < experiment_.restarts && !context_.stop.stop_requested();
       ++restart) {
    if (context_.progress) {
      context_.progress(fmt::format("{} {} {}/{}", plan_.standup.id(),
                                    plan_.standup.attached() ? "repetition" : "restart",
                                    restart + 1, experiment_.restarts));
    }
    if (const auto done = run_restart(open, restart); !done) {
      failure = done.error();
      break;
    }
  }
  for (auto& cell : cells_) conclude(cell);
  return std::move(cells_);
}

Result<void> LevelRunner::run_restart(const Open& open, int restart) {
  auto opened = open(restart);
  if (!opened) return std::unexpected(opened.error());
  Site& site = *opened->site;
  if (const auto warm = warm_up_stacks(*opened); !warm) return warm;
  if (restart == 0) {
    if (const auto done = pilot(*opened); !done) return done;
  }
  for (std::size_t i = 0; i < cells_.size() && !context_.stop.stop_requested(); ++i) {
    Cell& cell = cells_[i];
    if (restart == 0 || opened->workers.mismatch()) cell.workers = opened->workers;
    if (const auto set = set_scenario(site, cell.scenario); !set) return set;
    const PassSpec pass = pass_spec(cell);
    auto rounds = run_rounds(
        opened->arms, restart, experiment_.rounds, random_, repeats_left_[i], context_.stop,
        [&](const Arm& arm) { return run_pass(site, arm, pass, plan_.placement, context_.stop); });
    if (!rounds) return std::unexpected(rounds.error());
    keep(cell, opened->arms, std::move(*rounds));
  }
  return {};
}

Result<void> LevelRunner::warm_up_stacks(const Opened& opened) {
  for (const auto& arm : opened.arms) {
    if (!arm.through_stack) continue;
    const auto warm = warm_up(*opened.site, experiment_, plan_.placement, arm,
                              plan_.standup.workers, context_.stop);
    if (!warm) return warm;
  }
  return {};
}

/// The backend's delays, where it is ours, and how long a pass of each cell has to be.
Result<void> LevelRunner::pilot(const Opened& opened) {
  Site& site = *opened.site;
  Ceiling ceiling;
  if (site.own_backend() != nullptr) {
    const auto measured = measure_ceiling(site, experiment_, plan_.placement, context_.stop);
    if (!measured) return std::unexpected(measured.error());
    ceiling = *measured;
  }
  for (auto& cell : cells_) {
    cell.ceiling = ceiling;
    cell.scenario = choose_scenario(experiment_, ceiling, cell.concurrency, cell.mode);
    if (const auto set = set_scenario(site, cell.scenario); !set) return set;
    cell.pass_ns = 100 * kMillisecond;
    double slowest = 0;
    for (const auto& arm : opened.arms) {
      if (!arm.through_stack) continue;
      const auto trial = run_pass(site, arm, pass_spec(cell), plan_.placement, context_.stop);
      if (!trial) return std::unexpected(trial.error());
      const auto latency = trial->run.metrics[loadgen::Metric::e2e].quantile(0.5);
      slowest = std::max(slowest, latency.value_or(0.0));
    }
    cell.pass_ns = choose_pass_length(experiment_, cell.concurrency, slowest);
  }
  return {};
}

PassSpec LevelRunner::pass_spec(const Cell& cell) const {
  return {.concurrency = cell.concurrency,
          .mode = cell.mode,
          .duration = cell.pass_ns,
          .warmup = experiment_.warmup,
          .prompt_tokens = experiment_.prompt_tokens,
          .output_tokens = experiment_.output_tokens};
}

}  // namespace hopcost::overhead
