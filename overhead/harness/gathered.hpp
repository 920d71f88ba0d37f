#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "common/error.hpp"
#include "loadgen/measure/result.hpp"

namespace hopcost::overhead {

/// One request as a tool states it; seconds.
struct Stated {
  std::optional<double> e2e;
  std::optional<double> ttft;
  std::vector<double> gaps;
  std::optional<double> mean_gap;  ///< where single gaps are not stated
  std::string error;               ///< empty: it was answered
  std::uint64_t times = 1;         ///< how many requests it stands for
};

/// What a tool states, one request after another, as a run of ours.
class Gathered {
 public:
  /// One with neither an error nor `e2e` counts as failed.
  void add(const Stated& request);
  /// When a request began and ended, in seconds: since 1970, or of CLOCK_MONOTONIC.
  void span(double start_s, double end_s);
  /// How long the tool says it measured; else from the first start to the last end.
  void window(double seconds) { window_s_ = seconds; }

  /// An Error where nothing was stated, or not how long it took; `name` is for complaints.
  /// start_ns is that of the first request, 0 where no time was stated.
  [[nodiscard]] Result<loadgen::RunResult> result(const std::string& name);

 private:
  void record(loadgen::Metric metric, double seconds, std::uint64_t times);

  loadgen::RunResult run_;
  double first_s_ = std::numeric_limits<double>::infinity();
  double last_s_ = 0;
  std::optional<double> window_s_;
};

}  // namespace hopcost::overhead
