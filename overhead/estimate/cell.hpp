#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "loadgen/measure/result.hpp"
#include "overhead/estimate/estimate.hpp"
#include "overhead/estimate/quantity.hpp"
#include "overhead/estimate/self_report.hpp"
#include "overhead/measure/pass.hpp"
#include "overhead/plan/experiment.hpp"
#include "overhead/site/arm.hpp"
#include "overhead/site/self_reported.hpp"
#include "overhead/site/standup.hpp"

namespace hopcost::overhead {

/// One pass as the record keeps it: quantities instead of histograms.
struct PassRecord : PassFacts {
  bool through_stack = false;
  Quantities quantities;
  loadgen::Counters counters;
  std::array<std::string, loadgen::kFailures> failure_samples;
  double events_per_read = 0;
  double generator_busy_share = 0;
  Nanos measured_ns = 0;
  bool polluted = false;  ///< its pair of rounds was, and could not be repeated any more

  /// What it says about that quantity, if anything.
  [[nodiscard]] std::optional<double> value(const std::string& quantity) const;
};
[[nodiscard]] PassRecord record_of(const PassResult& pass, bool through_stack);

/// What the backend can do at most, as this generator sees it; measured in the same stand-up.
struct Ceiling {
  double requests_per_s = 0;
  double chunks_per_s = 0;
};

/// Ours - theirs of one quantity, with the null comparison of the same rounds.
struct Overhead {
  Estimate difference;
  std::optional<Estimate> null;  ///< control - theirs

  /// The larger end of the null interval: what the measurement sees where there is nothing.
  [[nodiscard]] double noise_floor() const { return null ? null->largest_end() : 0.0; }
  /// Whether the interval excludes zero.
  [[nodiscard]] bool resolved() const { return !difference.contains_zero(); }
  /// "below resolution (< X)": the larger of the upper end and the noise floor.
  [[nodiscard]] double resolution() const;
};

struct CheckResult {
  std::string code;
  bool blocking = false;
  bool checked = true;  ///< false: it could not be made here
  bool fired = false;
  std::string evidence;
};

enum class State { measured, below_resolution, no_verdict };
[[nodiscard]] constexpr const char* state_name(State state) {
  switch (state) {
    case State::measured:
      return "measured";
    case State::below_resolution:
      return "below resolution";
    case State::no_verdict:
      break;
  }
  return "no verdict";
}

/// One cell: what was asked, what was seen, what follows.
struct Cell {
  std::string id;
  StandupPlan standup;
  Level asked;  ///< as the plan has it
  int prompt_tokens = 0;
  Contrast contrast;
  BackendScenario scenario;
  Nanos pass_ns = 0;
  Ceiling ceiling;
  double alone_ns = 0;  ///< what a request takes through the stack before the load; 0: not known
  std::optional<double> acknowledged_ns;  ///< the headline where the client acknowledges at once
  WorkersSeen workers;
  Placement placement;
  std::optional<SelfReported> self_reported;  ///< as the stack's manifest declares it

  std::vector<PassRecord> passes;
  std::map<std::string, loadgen::RunResult> merged;  ///< by arm; for drawing, not for intervals
  std::map<std::string, loadgen::Options> driven;  ///< by arm: how; nothing where it was read back
  int repeated_pairs = 0;                          ///< pairs of rounds thrown away as polluted
  double level = 0.95;  ///< of its intervals; higher where it was looked at more than once
  int looks = 1;        ///< how often, at most

  // Derived by `conclude`.
  std::map<std::string, Overhead> overheads;  ///< by quantity
  std::optional<Estimate> cpu_per_request_ns;
  std::optional<Estimate> cpu_per_chunk_ns;
  std::optional<Estimate> memory_bytes;           ///< of the stack's process tree after a pass
  std::optional<double> connections_per_request;  ///< backend connections through the stack
  std::map<std::string, double> events_per_read;  ///< by arm
  std::optional<SelfReport> own_report;
  std::vector<CheckResult> checks;
  State state = State::no_verdict;
  std::vector<std::string> reasons;  ///< of no verdict

  /// The quantity that the state rests on; of a ceiling the rate of what goes through.
  [[nodiscard]] const char* headline() const {
    if (asked.load == Load::latency) return overhead::headline(asked.mode);
    return asked.mode == Mode::unary ? "requests_per_s" : "chunks_per_s";
  }
};

/// Those that it has passes of.
[[nodiscard]] std::set<int> restarts_in(const Cell& cell);

/// The cell's check of that code where it fired, else null.
[[nodiscard]] const CheckResult* fired(const Cell& cell, std::string_view code);

/// One value a restart: the median over its rounds of `arm` minus `base`. Restarts in which either
/// lacks the quantity make the whole nothing.
[[nodiscard]] std::optional<std::vector<double>> restart_differences(
    const std::vector<PassRecord>& passes, const std::string& arm, const std::string& base,
    const std::string& quantity);

/// The same of `arm` over `base`; rounds in which the latter is not above 0 do not count.
[[nodiscard]] std::optional<std::vector<double>> restart_ratios(
    const std::vector<PassRecord>& passes, const std::string& arm, const std::string& base,
    const std::string& quantity);

/// One value a restart: the median over its rounds of `value(pass)` of one arm, an optional double;
/// restarts without any have none.
template <class Value>
[[nodiscard]] std::vector<double> restart_medians(const std::vector<PassRecord>& passes,
                                                  const std::string& arm, Value&& value) {
  std::map<int, std::vector<double>> by_restart;
  for (const auto& pass : passes) {
    if (pass.arm != arm) continue;
    if (const std::optional<double> one = value(pass)) by_restart[pass.restart].push_back(*one);
  }
  std::vector<double> medians;
  for (const auto& [restart, values] : by_restart) medians.push_back(median(values));
  return medians;
}

/// The median over restarts of an arm's own values of a quantity: its level, not a comparison.
[[nodiscard]] std::optional<double> arm_level(const Cell& cell, const std::string& arm,
                                              const std::string& quantity);

/// Fills in everything that follows from the passes: estimates, checks, state and reasons. May be
/// called again when there are more.
void conclude(Cell& cell);

}  // namespace hopcost::overhead
