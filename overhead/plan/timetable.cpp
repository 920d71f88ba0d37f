#include "overhead/plan/timetable.hpp"

#include <algorithm>

namespace hopcost::overhead {
namespace {

constexpr double kError = 0.05;
constexpr int kFewest = 4;
constexpr Nanos kShortestPass = 100 * kMillisecond;

}  // namespace

double Looks::level() const {
  return 1 - kError / static_cast<double>(after.size());
}

bool Looks::has(int restarts) const {
  return std::ranges::find(after, restarts) != after.end();
}

Looks looks_at(int restarts, bool may_stop_early) {
  if (!may_stop_early) return {{restarts}};
  Looks looks;
  for (const int tenths : {4, 6, 10}) {
    const int after = std::max(kFewest, restarts * tenths / 10);
    if (after < restarts && !looks.has(after)) looks.after.push_back(after);
  }
  looks.after.push_back(restarts);
  return looks;
}

std::optional<std::size_t> next_standup(std::span<const StandupProgress> standups, int restarts,
                                        std::optional<Nanos> left) {
  Nanos longest = 0;
  for (const auto& standup : standups) longest = std::max(longest, standup.longest);
  std::optional<std::size_t> next;
  for (std::size_t i = 0; i < standups.size(); ++i) {
    const auto& standup = standups[i];
    if (standup.ended || standup.restarts >= restarts) continue;
    if (left && (standup.restarts == 0 ? longest : standup.longest) > *left) continue;
    if (!next || standup.restarts < standups[*next].restarts) next = i;
  }
  return next;
}

Nanos affordable_pass(const Experiment& experiment, std::span<const StandupPlan> plans) {
  constexpr Nanos kStart = 2 * kSecond;           // start, warm-up, end
  constexpr Nanos kBesides = 60 * kMillisecond;   // of a pass
  constexpr Nanos kDrained = 250 * kMillisecond;  // after each pass through the stack
  constexpr Nanos kArms = 3;
  Nanos fixed = 0;
  Nanos passes = 0;
  for (const auto& plan : plans) {
    fixed += kStart;
    for (const auto& level : plan.levels) {
      const Nanos before = warmup_of(experiment, level);
      fixed += experiment.rounds * (kArms * (kBesides + before) + kDrained);
      passes += experiment.rounds * kArms;
    }
  }
  if (passes == 0) return experiment.min_pass;
  const Nanos each = (experiment.time_budget / kFewest - fixed) / passes;
  return std::min(experiment.min_pass, std::max(kShortestPass, each));
}

}  // namespace hopcost::overhead
