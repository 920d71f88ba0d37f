#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.hpp"
#include "loadgen/judge/judgement.hpp"
#include "loadgen/measure/result.hpp"
#include "loadgen/options.hpp"
#include "loadgen/plan/knee.hpp"
#include "loadgen/plan/sweep.hpp"

namespace hopcost::loadgen {

/// What a plan found beyond its levels.
struct Findings {
  Plan::Kind kind = Plan::Kind::none;
  Knee knee;                           ///< of a sweep of users
  std::optional<double> met_per_s;     ///< search: the highest rate that met the service level
  std::optional<double> missed_per_s;  ///< the lowest that did not
  std::string why;                     ///< what it missed, or why the search has no answer

  std::string broke_at;  ///< the level that crossed a stop condition: "50 users"; empty: none did
  std::string broke_by;  ///< which one, and how

  /// In words.
  [[nodiscard]] std::string text() const;

 private:
  [[nodiscard]] std::string text_of_plan() const;
};

/// Runs one load: options, and its number counted from 0.
using RunLevel = std::function<Result<RunResult>(const Options& options, int number)>;

struct PlanResult {
  RunResult total;  ///< its stages are the levels
  Findings findings;
  double busiest_share = 0;  ///< of the generator's busiest thread, over all levels
};

/// Carries the plan out. Ends early where a level was stopped from outside, or crossed a stop
/// condition: of its last seconds, or as a whole.
[[nodiscard]] Result<PlanResult> carry_out(const Plan& plan, const Options& options,
                                           const RunLevel& run_level);

/// Whether a level met the service level: each target by its sample, where there are objectives
/// 99 % of the requests, and the rate that was asked for. What it missed; empty: nothing.
[[nodiscard]] std::string missed_by(const Options& options, const RunResult& level);

}  // namespace hopcost::loadgen
