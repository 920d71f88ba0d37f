#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "common/clock.hpp"
#include "common/error.hpp"
#include "loadgen/measure/request_log.hpp"
#include "loadgen/measure/series.hpp"
#include "loadgen/measure/tally.hpp"

namespace hopcost::loadgen {

/// What a window of time gave.
struct Measurement : Tally {
  Nanos start_ns = 0;                  ///< CLOCK_MONOTONIC at the window's start
  Nanos measured_ns = 0;               ///< the window's length
  double offered_per_s = 0;            ///< open loop: the rate asked for; closed loop: 0
  std::uint64_t not_answered_yet = 0;  ///< net, of some seconds of a run; 0 of a whole one

  [[nodiscard]] double length_s() const { return in_seconds(measured_ns); }
  /// So many of something in the window, a second of it; 0 where it has no length.
  [[nodiscard]] double per_s(double count) const;
  [[nodiscard]] double requests_per_s() const;
  [[nodiscard]] double chunks_per_s() const;
  [[nodiscard]] double output_tokens_per_s() const;
  void merge(const Measurement& other);
};

/// One load of a run that has several, in their order.
struct StageResult {
  double rate_per_s = 0;  ///< open loop: the mean rate asked for
  int concurrency = 0;    ///< closed loop: the users
  Measurement measured;
  std::vector<Second> seconds;  ///< from its start

  /// "constant@100" or "concurrent@8", as GuideLLM names them.
  [[nodiscard]] std::string name() const;
};

/// What the requests of one target, model or class gave.
struct LabelResult {
  std::string dimension;  ///< "target", "model" or "class"
  std::string name;
  Measurement measured;
};

/// What one run (or one pass of one arm) gave.
struct RunResult : Measurement {
  double generator_busy_share = 0;  ///< of the busiest generator thread, idle polling left out
  Nanos generator_cpu_ns = 0;  ///< CPU time of all generator threads (all of it where they spin)
  bool cut_short = false;      ///< stopped from outside before its end
  std::string stopped_by;      ///< the stop condition that ended it; empty: none did
  double tokens_extra = 0;     ///< calibrated: tokens of a prompt = extra + per word x words
  double tokens_per_word = 1;
  std::vector<StageResult> stages;  ///< where there is more than one
  std::vector<LabelResult> labels;  ///< of each dimension that has more than one
  std::vector<Second> seconds;      ///< from the window's start
  RequestLog requests;

  /// Another share of the same run: another thread's or process's.
  void merge(const RunResult& other);
  /// What came after it, of the same load: lengths add up, seconds follow. The pause is not in it.
  void append(const RunResult& later);
};

/// The record of a run, with histograms coarsened to 0.8 %.
[[nodiscard]] nlohmann::json to_json(const RunResult& result);
/// What to_json() wrote, without the requests, which are not in it. An Error names the field.
[[nodiscard]] Result<RunResult> result_from_json(const nlohmann::json& json);

}  // namespace hopcost::loadgen
