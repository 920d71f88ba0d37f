#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <vector>

#include "overhead/cell.hpp"
#include "overhead/site.hpp"
#include "overhead/study.hpp"

namespace hopcost::overhead {

/// What one restart measures, there and ready.
struct Opened {
  std::unique_ptr<Site> site;
  std::vector<Arm> arms;  ///< of each round
  WorkersSeen workers;
};

/// Makes it, anew for each restart.
using Open = std::function<Result<Opened>(int restart)>;

/// Which levels are measured inside each restart, and what is compared.
struct LevelPlan {
  StandupPlan standup;
  Contrast contrast;
  Placement placement;
};

/// Runs the restarts of one stand-up, all its levels in each of them.
class LevelRunner {
 public:
  LevelRunner(const Experiment& experiment, const LevelPlan& plan, const StudyContext& context,
              std::mt19937_64& random);

  /// The cells, concluded; those of a stand-up that broke keep what was measured.
  [[nodiscard]] std::vector<Cell> run(const Open& open, std::optional<Error>& failure);

 private:
  Result<void> run_restart(const Open& open, int restart);
  Result<void> warm_up_stacks(const Opened& opened);
  Result<void> pilot(const Opened& opened);
  [[nodiscard]] PassSpec pass_spec(const Cell& cell) const;

  const Experiment& experiment_;
  const LevelPlan& plan_;
  const StudyContext& context_;
  std::mt19937_64& random_;
  std::vector<Cell> cells_;
  std::vector<int> repeats_left_;
};

}  // namespace hopcost::overhead
