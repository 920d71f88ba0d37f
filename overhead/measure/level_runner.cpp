#include "overhead/measure/level_runner.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "overhead/checks/check.hpp"
#include "overhead/checks/delayed_ack.hpp"
#include "overhead/measure/pilot.hpp"
#include "overhead/measure/rounds.hpp"
#include "overhead/output/record.hpp"

namespace hopcost::overhead {
namespace {

Result<void> set_scenario(Site& site, const BackendScenario& scenario) {
  Backend* const backend = site.own_backend();
  if (backend == nullptr) return {};
  return backend->set_scenario(scenario);
}

/// Beside the record, not in it: some servers' metrics are long. What cannot be written is said.
void keep_metrics(const Cell& cell, const PassResult& pass, const std::filesystem::path& folder) {
  std::error_code ec;
  std::filesystem::create_directories(folder, ec);
  const auto file =
      folder / fmt::format("{}-{}-{}-{}.txt", cell.id, pass.restart, pass.round, pass.arm);
  if (const auto written = write_file(file, pass.metrics); !written) {
    fmt::print(stderr, "overhead: {}\n", written.error().to_string());
  }
}

void keep(Cell& cell, const std::vector<Arm>& arms, RoundsResult rounds,
          const std::filesystem::path& metrics) {
  cell.repeated_pairs += rounds.repeated_pairs;
  for (std::size_t i = 0; i < rounds.passes.size(); ++i) {
    auto& pass = rounds.passes[i];
    const auto arm = std::ranges::find(arms, pass.arm, &Arm::name);
    if (!pass.metrics.empty()) keep_metrics(cell, pass, metrics);
    auto record = record_of(pass, arm->through_stack);
    record.polluted = rounds.polluted[i];
    cell.passes.push_back(std::move(record));
    // Nobody asks which instance of an arm answered, and each would have its own histograms.
    pass.run.labels.clear();
    cell.merged[pass.arm].append(pass.run);
    cell.driven[pass.arm] = pass.options;
  }
}

/// Everything that was asked of the backend, seen and measured; what follows from it is concluded
/// anew.
void take_over(Cell& cell, const Cell& earlier) {
  cell.scenario = earlier.scenario;
  cell.ceiling = earlier.ceiling;
  cell.pass_ns = earlier.pass_ns;
  cell.alone_ns = earlier.alone_ns;
  cell.acknowledged_ns = earlier.acknowledged_ns;
  cell.workers = earlier.workers;
  cell.passes = earlier.passes;
  cell.merged = earlier.merged;
  cell.repeated_pairs = earlier.repeated_pairs;
}

}  // namespace

LevelRunner::LevelRunner(const Experiment& experiment, LevelPlan plan, Open open,
                         const StudyContext& context, std::mt19937_64& random)
    : experiment_(experiment),
      plan_(std::move(plan)),
      open_(std::move(open)),
      context_(context),
      random_(random),
      looks_(looks_at(experiment.restarts, plan_.stops_when_told && experiment.time_budget > 0)) {
  for (const auto& level : plan_.standup.levels) {
    Cell cell;
    cell.id = cell_id(plan_.standup, level);
    cell.standup = plan_.standup;
    cell.contrast = plan_.contrast;
    cell.asked = level;
    cell.prompt_tokens = prompt_tokens_of(experiment, level);
    cell.placement = plan_.placement;
    cell.self_reported = plan_.self_reported;
    cell.level = looks_.level();
    cell.looks = static_cast<int>(looks_.after.size());
    cells_.push_back(std::move(cell));
  }
  // One disturbed pair in two may be measured again before the rest is kept as it is.
  repeats_left_.assign(cells_.size(), std::max(2, experiment.restarts * experiment.rounds / 4));
}

void LevelRunner::take_over(const std::vector<Cell>& earlier) {
  std::optional<std::size_t> fewest;
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    const auto found = std::ranges::find(earlier, cells_[i].id, &Cell::id);
    if (found == earlier.end()) {
      fewest = 0;
      continue;
    }
    overhead::take_over(cells_[i], *found);
    repeats_left_[i] = std::max(0, repeats_left_[i] - found->repeated_pairs);
    if (check_little(cells_[i]).fired) continue;  // was not begun, and will not be
    const auto done = restarts_in(cells_[i]).size();
    fewest = std::min(fewest.value_or(done), done);
  }
  progress_.restarts = static_cast<int>(fewest.value_or(0));
  progress_.ended = is_last_look();
}

/// Whether its time is better given to others.
bool LevelRunner::is_last_look() {
  return plan_.stops_when_told && looks_.has(progress_.restarts) && is_told();
}

Result<void> LevelRunner::restart() {
  if (context_.progress) {
    context_.progress(fmt::format("{} {} {}/{}", plan_.standup.id(),
                                  plan_.standup.attached() ? "repetition" : "restart",
                                  progress_.restarts + 1, experiment_.restarts));
  }
  const Nanos began = now_ns();
  const auto done = measure();
  progress_.longest = std::max(progress_.longest, now_ns() - began);
  ++progress_.restarts;
  progress_.ended = !done || is_last_look();
  return done;
}

/// Whether no cell needs another restart.
bool LevelRunner::is_told() {
  for (auto& cell : cells_) conclude(cell);
  return std::ranges::all_of(cells_,
                             [](const Cell& cell) { return cell.state == State::measured; });
}

std::vector<Cell> LevelRunner::so_far() {
  for (auto& cell : cells_) conclude(cell);
  return cells_;
}

std::vector<Cell> LevelRunner::finish() {
  for (auto& cell : cells_) conclude(cell);
  return std::move(cells_);
}

Result<void> LevelRunner::measure() {
  const int restart = progress_.restarts;
  auto opened = open_(restart);
  if (!opened) return std::unexpected(opened.error());
  Site& site = *opened->site;
  if (const auto warm = warm_up_stacks(*opened); !warm) return warm;
  if (restart == 0) {
    if (const auto done = pilot(*opened); !done) return done;
  }
  for (std::size_t i = 0; i < cells_.size() && !context_.stop.stop_requested(); ++i) {
    Cell& cell = cells_[i];
    if (restart == 0 || opened->workers.mismatch()) cell.workers = opened->workers;
    // What was promised too often once leaves no figure that counts.
    if (opened->placement && cell.placement.overcommitted.empty()) {
      cell.placement = *opened->placement;
    }
    if (check_little(cell).fired) continue;             // before it starts
    if (restarts_in(cell).contains(restart)) continue;  // before the run was cut short
    if (const auto set = set_scenario(site, cell.scenario); !set) return set;
    PassSpec pass = pass_spec(cell);
    pass.drive = context_.drive;
    std::size_t begun = 0;
    auto rounds = run_rounds(
        opened->arms, restart, experiment_.rounds, random_, repeats_left_[i], context_.stop,
        [&](const Arm& arm) {
          if (context_.look) {
            context_.look({cell, restart, static_cast<int>(begun / opened->arms.size()), arm.name});
          }
          ++begun;
          return run_pass(site, arm, pass, plan_.placement, context_.stop);
        });
    if (!rounds) return std::unexpected(rounds.error());
    keep(cell, opened->arms, std::move(*rounds), context_.logs.parent_path() / "metrics");
    // It takes a client that acknowledges at once: ours, where it can reach the arms.
    if (restart == 0 && !site.driver() && delayed_ack_suspected(cell)) {
      if (const auto done = probe_acknowledgements(*opened, cell); !done) return done;
    }
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

BackendScenario LevelRunner::scenario_of(Site& site, const Level& level,
                                         const Ceiling& ceiling) const {
  const int output_tokens = output_tokens_of(experiment_, level);
  if (site.own_backend() == nullptr) return {-1, -1, output_tokens};
  if (level.load == Load::ceiling) return {0, 0, output_tokens};
  return choose_scenario(experiment_, ceiling, level);
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
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    auto& cell = cells_[i];
    if (!cell.passes.empty()) continue;  // of a run that was cut short: a load does not change
    const auto& level = plan_.standup.levels[i];
    cell.ceiling = ceiling;
    cell.scenario = scenario_of(site, level, ceiling);
    if (const auto set = set_scenario(site, cell.scenario); !set) return set;
    cell.pass_ns = 100 * kMillisecond;
    // An open loop that cannot be kept would only queue: what one request takes says whether it
    // can.
    auto trial_spec = pass_spec(cell);
    trial_spec.spawn_per_s = 0;
    trial_spec.warmup = experiment_.warmup;
    if (cell.asked.rate_per_s > 0) trial_spec.concurrency = 1;
    trial_spec.rate_per_s = 0;
    double slowest = 0;
    for (const auto& arm : opened.arms) {
      if (!arm.through_stack) continue;
      const auto latency = trial_latency(site, arm, trial_spec, plan_.placement, context_.stop);
      if (!latency) return std::unexpected(latency.error());
      slowest = std::max(slowest, *latency);
    }
    cell.pass_ns = choose_pass_length(experiment_, cell.asked, slowest);
    cell.alone_ns = slowest;
    // What is queued comes out in batches: a window should see many of them.
    constexpr double kBatches = 10;
    if (cell.asked.load == Load::ceiling) {
      cell.pass_ns = std::max(cell.pass_ns, static_cast<Nanos>(kBatches * slowest));
    }
  }
  return {};
}

/// One pass that does not count: the same load by a client that acknowledges at once.
Result<void> LevelRunner::probe_acknowledgements(const Opened& opened, Cell& cell) {
  const auto ours = std::ranges::find(opened.arms, cell.contrast.ours, &Arm::name);
  auto spec = pass_spec(cell);
  spec.acknowledge_at_once = true;
  const auto probe = run_pass(*opened.site, *ours, spec, plan_.placement, context_.stop);
  if (!probe) return std::unexpected(probe.error());
  const auto quantities = quantities_of(probe->run);
  if (const auto found = quantities.find(cell.headline()); found != quantities.end()) {
    cell.acknowledged_ns = found->second;
  }
  return {};
}

PassSpec LevelRunner::pass_spec(const Cell& cell) const {
  // Both arms of a round, and all rounds of a restart, get the same arrivals.
  return {.concurrency = cell.asked.concurrency,
          .rate_per_s = cell.asked.rate_per_s,
          .spawn_per_s = spawn_per_s_of(experiment_, cell.asked),
          .arrival = experiment_.arrival,
          .seed = experiment_.seed + static_cast<std::uint64_t>(progress_.restarts),
          .mode = cell.asked.mode,
          .duration = cell.pass_ns,
          .warmup = warmup_of(experiment_, cell.asked),
          .prompt_tokens = cell.prompt_tokens,
          .output_tokens = cell.scenario.output_tokens};
}

}  // namespace hopcost::overhead
