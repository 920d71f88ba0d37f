#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "common/histogram.hpp"

namespace hopcost::loadgen {

/// What one run measures, all in nanoseconds. docs/measurement.md has the formulas.
enum class Metric : std::size_t {
  connect,             ///< connect_end - connect_start
  ttfb,                ///< first body byte - send
  ttfc,                ///< first event with choices - send
  ttft,                ///< first content - send
  chunk_gap,           ///< each content chunk minus the one before, pooled
  itl,                 ///< (last content - first content) / (chunks - 1), one a request
  tpot,                ///< (last content - first content) / (output tokens - 1)
  ntpot,               ///< (close - send) / output tokens
  e2e,                 ///< close - send
  ttft_from_intended,  ///< ttft with the schedule's time in place of send
  e2e_from_intended,   ///< e2e with the schedule's time in place of send
  lateness,            ///< send - intended: the load generator's own error
  request_path,        ///< backend received - send, by stamps
  response_path,       ///< client read - backend sent, of the first content, by stamps
  chunk_transit,       ///< client read - backend sent, of every content chunk, by stamps
  e2e_failed,          ///< e2e of requests that failed; they are in no other metric
  kCount
};

inline constexpr std::size_t kMetrics = static_cast<std::size_t>(Metric::kCount);

inline constexpr std::array<std::string_view, kMetrics> kMetricNames{"connect",
                                                                     "ttfb",
                                                                     "ttfc",
                                                                     "ttft",
                                                                     "chunk_gap",
                                                                     "itl",
                                                                     "tpot",
                                                                     "ntpot",
                                                                     "e2e",
                                                                     "ttft_from_intended",
                                                                     "e2e_from_intended",
                                                                     "lateness",
                                                                     "request_path",
                                                                     "response_path",
                                                                     "chunk_transit",
                                                                     "e2e_failed"};

[[nodiscard]] constexpr std::string_view metric_name(Metric metric) {
  return kMetricNames[static_cast<std::size_t>(metric)];
}

/// One histogram a metric.
class MetricSet {
 public:
  Histogram& operator[](Metric metric) { return all_[static_cast<std::size_t>(metric)]; }
  const Histogram& operator[](Metric metric) const {
    return all_[static_cast<std::size_t>(metric)];
  }
  void merge(const MetricSet& other) {
    for (std::size_t i = 0; i < kMetrics; ++i) all_[i].merge(other.all_[i]);
  }

 private:
  std::array<Histogram, kMetrics> all_;
};

}  // namespace hopcost::loadgen
