#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "overhead/estimate/cell.hpp"
#include "overhead/output/record_reading.hpp"
#include "overhead/plan/experiment.hpp"
#include "overhead/scaling/curve.hpp"
#include "overhead/scaling/ratio.hpp"
#include "overhead/scaling/slope.hpp"
#include "overhead/site/manifest.hpp"

namespace hopcost::overhead {

/// What follows the name of a harness among a study's versions.
inline constexpr std::string_view kHarnessMark = " (harness)";

/// What a whole run gave.
struct Study {
  Experiment experiment;
  MachineFacts machine;
  Placement placement;
  std::string started_at;               ///< UTC, ISO 8601
  std::vector<std::string> resumed_at;  ///< the same, of each time it was gone on with
  Nanos began = 0;
  double took_s = 0;  ///< all parts of a resumed run together
  std::map<std::string, std::string>
      versions;                       ///< of each stack, as it prints it, and of a harness
  std::vector<Cell> cells;            ///< concluded, in the order of the plan
  std::vector<ScalingCurve> scaling;  ///< that the ceilings among them give
  std::vector<Slope> slopes;          ///< that the others give
  std::vector<ReplicaRatio> ratios;   ///< that those of several replicas give
  std::vector<std::string> left_out;  ///< stacks that are not installed
  std::vector<Error> failures;        ///< stand-ups that did not come up
  bool cut_short = false;
};

/// What a run does at the moment.
struct Now {
  const Cell& cell;  ///< as it was concluded last
  int restart = 0;   ///< counted from 0
  int round = 0;     ///< the same; of a pair that is measured again it goes on
  std::string arm;
};

/// Where a run keeps its processes' output, and whom it tells how far it is.
struct StudyContext {
  std::filesystem::path logs;
  std::function<void(const std::string&)> progress;  ///< one line each
  std::stop_token stop;
  std::function<void(const Now&)> look = {};    ///< before each pass
  std::function<void(const Study&)> keep = {};  ///< what there is so far, now and then: a record of
                                                ///< it outlives whatever ends this program
  Driver drive = {};  ///< of the rounds; without one our own load generator
  std::map<std::string, std::string> versions = {};  ///< what the record names beside the stacks
  std::optional<MachineFacts> machine = {};          ///< where it is measured; nothing: here
};

/// Runs every stand-up of the experiment: restarts, levels, mirrored rounds. A stand-up that does
/// not come up is noted in `failures` and the rest goes on. With the record of a run of the same
/// experiment that was cut short, only what that one lacks. An Error only where nothing can be
/// begun: an unknown stack, a record made on another machine or of another version of a stack.
[[nodiscard]] Result<Study> run_study(const Experiment& experiment, const StudyContext& context,
                                      const ReadStudy* earlier = nullptr);

/// A study before anything is measured: machine, placement, seed; and after it.
[[nodiscard]] Study begin_study(const Experiment& experiment);
void end_study(Study& study, const StudyContext& context);

/// What makes it another machine where it differs, by name.
[[nodiscard]] std::map<std::string, std::string> fingerprint(const Study& study);

}  // namespace hopcost::overhead
