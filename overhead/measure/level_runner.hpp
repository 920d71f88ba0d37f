#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <vector>

#include "overhead/estimate/cell.hpp"
#include "overhead/measure/study.hpp"
#include "overhead/plan/timetable.hpp"
#include "overhead/site/site.hpp"

namespace hopcost::overhead {

/// What one restart measures, there and ready.
struct Opened {
  std::unique_ptr<Site> site;
  std::vector<Arm> arms;  ///< of each round
  WorkersSeen workers;
  std::optional<Placement> placement = {};  ///< of this restart; nothing: the plan's
};

/// Makes it, anew for each restart.
using Open = std::function<Result<Opened>(int restart)>;

/// Which levels are measured inside each restart, and what is compared.
struct LevelPlan {
  StandupPlan standup;
  Contrast contrast;
  Placement placement;
  bool stops_when_told = true;  ///< with a time budget: no more restarts once every cell is told
  std::optional<SelfReported> self_reported = {};
};

/// One stand-up's restarts, all its levels in each of them.
class LevelRunner {
 public:
  LevelRunner(const Experiment& experiment, LevelPlan plan, Open open, const StudyContext& context,
              std::mt19937_64& random);

  /// Goes on where a run that was cut short has ended: what its cells lack is measured, restart by
  /// restart. Before the first restart.
  void take_over(const std::vector<Cell>& earlier);
  /// One more restart. After an Error there are no more.
  Result<void> restart();
  [[nodiscard]] const StandupProgress& progress() const { return progress_; }
  /// A copy of the cells as they are now, concluded.
  [[nodiscard]] std::vector<Cell> so_far();
  /// The cells, concluded; those of a stand-up that broke keep what was measured.
  [[nodiscard]] std::vector<Cell> finish();

 private:
  Result<void> measure();
  [[nodiscard]] bool is_told();
  [[nodiscard]] bool is_last_look();
  Result<void> warm_up_stacks(const Opened& opened);
  Result<void> pilot(const Opened& opened);
  Result<void> probe_acknowledgements(const Opened& opened, Cell& cell);
  [[nodiscard]] PassSpec pass_spec(const Cell& cell) const;
  [[nodiscard]] BackendScenario scenario_of(Site& site, const Level& level,
                                            const Ceiling& ceiling) const;

  const Experiment& experiment_;
  const LevelPlan plan_;
  const Open open_;
  const StudyContext& context_;
  std::mt19937_64& random_;
  const Looks looks_;
  StandupProgress progress_;
  std::vector<Cell> cells_;
  std::vector<int> repeats_left_;
};

/// Gives restarts to all in turn, as the time budget allows, and their cells and failures to
/// `study`.
void measure_all(std::vector<LevelRunner>& runners, Study& study, const StudyContext& context);

}  // namespace hopcost::overhead
