#pragma once

#include <optional>
#include <string>
#include <vector>

#include "loadgen/judge/service_level.hpp"
#include "loadgen/measure/result.hpp"
#include "loadgen/options.hpp"

namespace hopcost::loadgen {

/// Where the busiest generator thread works more of the time than this, it may be what is slow.
inline constexpr double kBusyShare = 0.85;

/// Why a run's figures must not be used. Codes as docs/measurement.md.
struct Fault {
  std::string code;
  std::string evidence;
};

/// What became of one `--fail-if`.
struct ThresholdOutcome {
  Threshold threshold;
  std::optional<double> value;  ///< nothing: the run cannot tell
  bool crossed = false;
};

/// What became of one target, said twice: by the sample alone, as other tools do, and with regard
/// to what a run of this length can know.
struct TargetOutcome {
  enum class Verdict { met, missed, undecided };

  Threshold target;
  std::optional<double> value;
  std::optional<Range> range;
  bool compliant = false;                ///< the sample's value is within the bound
  Verdict verdict = Verdict::undecided;  ///< by the whole range
};
[[nodiscard]] std::string_view name_of(TargetOutcome::Verdict verdict);

/// All that is said of a run beyond its figures.
struct Judgement {
  std::vector<Fault> faults;  ///< empty: the run is valid
  std::vector<ThresholdOutcome> thresholds;
  std::vector<TargetOutcome> targets;

  [[nodiscard]] bool valid() const { return faults.empty(); }
  /// The program's: 0; 1 a threshold was crossed; 2 the run is not valid, which wins.
  [[nodiscard]] int exit_code() const;
};

/// A threshold that the run cannot tell makes it not valid: nobody may take it for kept.
[[nodiscard]] Judgement judge(const Options& options, const RunResult& result);

}  // namespace hopcost::loadgen
