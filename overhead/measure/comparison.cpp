#include "overhead/measure/comparison.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "overhead/measure/level_runner.hpp"

namespace hopcost::overhead {
namespace {

/// Both builds, up at once in front of the first one's backend.
class BothBuilds final : public Site {
 public:
  BothBuilds(std::unique_ptr<Standup> first, std::unique_ptr<Standup> second, bool base_first)
      : first_(std::move(first)), second_(std::move(second)), base_first_(base_first) {}

  [[nodiscard]] Backend* own_backend() override { return &first_->backend(); }
  [[nodiscard]] std::optional<TreeCpu> stack_cpu(const Arm& arm) const override {
    if (!arm.through_stack) return std::nullopt;
    return ((arm.name == kBase) == base_first_ ? first_ : second_)->stack_cpu(arm);
  }
  [[nodiscard]] std::optional<std::vector<pid_t>> taking_part() const override {
    auto all = first_->taking_part();
    const auto more = second_->taking_part();
    if (!all || !more) return std::nullopt;
    all->insert(all->end(), more->begin(), more->end());
    return all;
  }
  [[nodiscard]] Result<void> check_alive() override {
    if (const auto alive = first_->check_alive(); !alive) return alive;
    return second_->check_alive();
  }

 private:
  std::unique_ptr<Standup> first_;  ///< has the backend: the last to go
  std::unique_ptr<Standup> second_;
  bool base_first_;
};

Arm arm_of(const char* name, const Standup& standup) {
  return {name, standup.stack_targets(), standup.model(), standup.headers(), true};
}

WorkersSeen worse_of(const WorkersSeen& base, const WorkersSeen& head) {
  return base.mismatch() ? base : head;
}

StandupSpec spec_of(const Experiment& experiment, const Builds& builds, const Placement& placement,
                    const std::filesystem::path& logs) {
  StandupSpec spec;
  spec.workers = builds.workers;
  spec.placement = placement;
  spec.backend_config = experiment.backend_config;
  spec.backend_port = static_cast<std::uint16_t>(experiment.backend_port);
  spec.logs = logs;
  return spec;
}

}  // namespace

Study compare_builds(const Experiment& experiment, const Builds& builds,
                     const StudyContext& context) {
  Study study = begin_study(experiment);
  study.versions = builds.versions;
  std::mt19937_64 random(study.experiment.seed);
  const auto open = [&](int restart) -> Result<Opened> {
    auto spec = spec_of(study.experiment, builds, study.placement, context.logs);
    // Whoever comes first has the backend, and is the last to go.
    const bool base_first = restart % 2 == 0;
    spec.manifest = base_first ? builds.base : builds.head;
    auto first = Standup::start(spec);
    if (!first) return std::unexpected(first.error());
    spec.manifest = base_first ? builds.head : builds.base;
    spec.backend = &(*first)->backend();
    auto second = Standup::start(spec);
    if (!second) return std::unexpected(second.error());
    auto& base = base_first ? *first : *second;
    auto& head = base_first ? *second : *first;
    std::vector<Arm> arms{arm_of(kBase, *base), arm_of(kHead, *head)};
    const auto workers = worse_of(base->workers(), head->workers());
    return Opened{std::make_unique<BothBuilds>(std::move(*first), std::move(*second), base_first),
                  std::move(arms), workers};
  };
  std::vector<LevelRunner> runners;
  for (const auto& factors : study.experiment.treatments) {
    const LevelPlan plan{
        {"builds", builds.workers, 1, levels_of(experiment, factors, builds.workers)},
        {kHead, kBase, ""},
        study.placement,
        false};
    runners.emplace_back(study.experiment, plan, open, context, random);
  }
  measure_all(runners, study, context);
  end_study(study, context);
  return study;
}

}  // namespace hopcost::overhead
