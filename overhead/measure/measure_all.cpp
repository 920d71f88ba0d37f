#include <algorithm>
#include <iterator>

#include "overhead/measure/level_runner.hpp"

namespace hopcost::overhead {
namespace {

/// Between restarts, where nothing is measured, but not after every one: a record can be long.
class Keeping {
 public:
  void operator()(std::vector<LevelRunner>& runners, const Study& study,
                  const StudyContext& context) {
    constexpr Nanos kEvery = 5 * kSecond;
    constexpr Nanos kShare = 20;  // no more than one part in so many of the time
    const Nanos now = now_ns();
    if (!context.keep || (last_ > 0 && now - last_ < std::max(kEvery, kShare * cost_))) return;
    Study copy = study;
    for (auto& runner : runners) std::ranges::move(runner.so_far(), std::back_inserter(copy.cells));
    end_study(copy, context);
    copy.cut_short = true;
    context.keep(copy);
    last_ = now_ns();
    cost_ = last_ - now;
  }

 private:
  Nanos last_ = 0;
  Nanos cost_ = 0;  ///< of the last one
};

}  // namespace

void measure_all(std::vector<LevelRunner>& runners, Study& study, const StudyContext& context) {
  const Nanos budget = study.experiment.time_budget;
  Keeping keep;
  while (!context.stop.stop_requested()) {
    std::vector<StandupProgress> progress;
    for (const auto& runner : runners) progress.push_back(runner.progress());
    const auto left =
        budget > 0 ? std::optional(study.began + budget - now_ns()) : std::optional<Nanos>();
    const auto next = next_standup(progress, study.experiment.restarts, left);
    if (!next) break;
    if (const auto done = runners[*next].restart(); !done) study.failures.push_back(done.error());
    keep(runners, study, context);
  }
  for (auto& runner : runners) std::ranges::move(runner.finish(), std::back_inserter(study.cells));
}

}  // namespace hopcost::overhead
