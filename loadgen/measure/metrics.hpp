#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "common/histogram.hpp"
#include "loadgen/measure/positions.hpp"

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
  server_time,         ///< what the server states in the header that --server-time names
  // What other tools measure under names of ours; of streams only. Not shown to people.
  last_content,       ///< last content - send: vLLM's e2el
  first_gap,          ///< first content - first event with choices: vLLM's first itl
  tpot_from_choices,  ///< (last content - first event with choices) / (tokens - 1): vLLM's tpot
  tpot_to_close,      ///< (e2e - ttft) / (tokens - 1): AIPerf's inter_token_latency
  tpot_of_all,        ///< (last content - first content) / tokens: GuideLLM 0.3's
  tpot_from_send,     ///< (last content - send) / tokens: GuideLLM 0.8's
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
                                                                     "e2e_failed",
                                                                     "server_time",
                                                                     "last_content",
                                                                     "first_gap",
                                                                     "tpot_from_choices",
                                                                     "tpot_to_close",
                                                                     "tpot_of_all",
                                                                     "tpot_from_send"};

/// The first so many are for people too.
inline constexpr std::size_t kShownMetrics = static_cast<std::size_t>(Metric::last_content);

[[nodiscard]] constexpr std::string_view metric_name(Metric metric) {
  return kMetricNames[static_cast<std::size_t>(metric)];
}

/// One histogram a metric.
class MetricSet {
 public:
  ByPosition transit_by_position;  ///< of chunk_transit

  Histogram& operator[](Metric metric) { return all_[static_cast<std::size_t>(metric)]; }
  const Histogram& operator[](Metric metric) const {
    return all_[static_cast<std::size_t>(metric)];
  }
  void merge(const MetricSet& other) {
    for (std::size_t i = 0; i < kMetrics; ++i) all_[i].merge(other.all_[i]);
    transit_by_position.merge(other.transit_by_position);
  }

 private:
  std::array<Histogram, kMetrics> all_;
};

}  // namespace hopcost::loadgen
