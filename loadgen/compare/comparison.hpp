#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/error.hpp"
#include "loadgen/judge/figure.hpp"
#include "loadgen/judge/mean.hpp"
#include "loadgen/record.hpp"

namespace hopcost::loadgen {

/// What is compared: a target, a model, a build; with the runs that were made of it, in the order
/// in which they were made.
struct Contestant {
  std::string name;
  std::vector<RunRecord> runs;

  /// All its runs as one. Levels of sweeps are left out of it.
  [[nodiscard]] RunRecord together() const;
};

/// One figure of a contestant: the mean over its runs.
struct Standing {
  std::optional<double> value;   ///< nothing: a run cannot tell it
  std::optional<Range> range;    ///< over three runs or more by Student's t; of one run its own
  std::vector<double> each_run;  ///< empty where a run cannot tell it
};

/// One figure of all contestants.
struct ComparedFigure {
  Figure figure;
  bool more_is_better = false;
  std::vector<Standing> standings;  ///< one each
  /// Which is better than every other: all paired differences of its runs and another's have a 95 %
  /// interval (Student's t) on its side of zero.
  std::optional<std::size_t> best;
  std::string why_not;  ///< where none is
};

struct Comparison {
  std::vector<Contestant> contestants;
  std::vector<ComparedFigure> figures;
};

/// Compares two contestants or more. Runs of each are paired by their number: the first of one with
/// the first of the other, which is fair where they were made in turn. An Error where there is
/// nothing to compare.
[[nodiscard]] Result<Comparison> compare(std::vector<Contestant> contestants);

}  // namespace hopcost::loadgen
