#include "overhead/plan/experiment.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "common/units.hpp"
#include "loadgen/options.hpp"

namespace hopcost::overhead {
namespace {

/// The values, or where none are listed the one that stands for the experiment's.
template <class T>
std::vector<T> or_default(const std::vector<T>& values, T none) {
  return values.empty() ? std::vector<T>{none} : values;
}

/// Every prompt length and, of streams, every output length and delay, at one concurrency.
void add_lengths(const Factors& factors, const Level& base, std::vector<Level>& levels) {
  for (const int prompt : or_default(factors.prompt_lengths, 0)) {
    Level level = base;
    level.prompt_tokens = prompt;
    if (base.mode == Mode::unary) {
      levels.push_back(level);
      continue;
    }
    for (const int output : or_default(factors.output_lengths, 0)) {
      for (const Nanos delay : or_default(factors.chunk_delays, Nanos{-1})) {
        level.output_tokens = output;
        level.itl = delay;
        levels.push_back(level);
      }
    }
  }
}

}  // namespace

namespace {

std::string backends_text(const StandupPlan& standup) {
  return standup.backends > 1 ? fmt::format("-b{}", standup.backends) : "";
}

}  // namespace

std::string StandupPlan::id() const {
  if (attached()) return stack;
  return fmt::format("{}-w{}-r{}{}", stack, workers, replicas, backends_text(*this));
}

std::vector<Level> levels_of(const Experiment& experiment, const Factors& factors,
                             int all_workers) {
  std::vector<Level> levels;
  const auto ceilings = factors.ceilings_or_default();
  for (const Mode mode : factors.modes) {
    for (const int concurrency : factors.concurrency) {
      if (ceilings != Ceilings::only) add_lengths(factors, {concurrency, mode}, levels);
    }
    for (const double rate : factors.rates) {
      Level level{experiment.max_in_flight, mode};
      level.rate_per_s = rate;
      if (ceilings != Ceilings::only) add_lengths(factors, level, levels);
    }
    if (ceilings == Ceilings::off) continue;
    constexpr int kEach = 8;
    constexpr int kLeast = 16;
    constexpr int kMost = 256;
    levels.push_back({std::clamp(kEach * all_workers, kLeast, kMost), mode, Load::ceiling});
  }
  return levels;
}

std::vector<StandupPlan> plan_standups(const Experiment& experiment) {
  std::vector<StandupPlan> plans;
  if (experiment.attach) {
    for (const auto& factors : experiment.treatments) {
      plans.push_back({"attached", 0, 0, levels_of(experiment, factors, 1), 1});
    }
    return plans;
  }
  for (const auto& factors : experiment.treatments) {
    for (const auto& stack : factors.stacks) {
      for (const int workers : factors.workers) {
        for (const int replicas : factors.replicas) {
          for (const int backends : factors.backend_replicas) {
            plans.push_back({stack, workers, replicas,
                             levels_of(experiment, factors, workers * replicas), backends});
          }
        }
      }
    }
  }
  return plans;
}

std::string users_text(const Level& level) {
  return level.rate_per_s > 0 ? fmt::format("{:g}/s", level.rate_per_s)
                              : std::to_string(level.concurrency);
}

std::string lengths_text(const Level& level, char before) {
  std::string text;
  if (level.prompt_tokens > 0) text += fmt::format("{}p{}", before, level.prompt_tokens);
  if (level.output_tokens > 0) text += fmt::format("{}o{}", before, level.output_tokens);
  if (level.itl >= 0) text += fmt::format("{}itl{}", before, duration_text(level.itl));
  return text;
}

std::string cell_id(const StandupPlan& standup, const Level& level) {
  // A stack given as a file is named by the file, so that the id can name a folder.
  const auto name = std::filesystem::path(standup.stack).stem().string();
  const auto load = level.load == Load::ceiling ? std::string("max")
                    : level.rate_per_s > 0      ? fmt::format("q{:g}", level.rate_per_s)
                                                : fmt::format("c{}", level.concurrency);
  const auto id = standup.attached()
                      ? fmt::format("{}-{}-{}", name, load, mode_name(level.mode))
                      : fmt::format("{}-w{}-r{}{}-{}-{}", name, standup.workers, standup.replicas,
                                    backends_text(standup), load, mode_name(level.mode));
  return id + lengths_text(level, '-');
}

double spawn_per_s_of(const Experiment& experiment, const Level& level) {
  const bool users = level.rate_per_s == 0 && level.load == Load::latency;
  return users ? experiment.spawn_per_s : 0;
}

Nanos warmup_of(const Experiment& experiment, const Level& level) {
  const auto begun = loadgen::until_all_begin(level.concurrency, spawn_per_s_of(experiment, level));
  return std::max(experiment.warmup, begun);
}

}  // namespace hopcost::overhead
