#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "loadgen/measure/attainment.hpp"
#include "loadgen/measure/metrics.hpp"

namespace hopcost::loadgen {

/// Why a request did not count as answered. A slow answer is none of these until the time-out.
enum class Failure : std::size_t {
  none,
  connect,        ///< no connection
  closed,         ///< closed or reset before any byte of a reply
  truncated,      ///< closed, reset or malformed in the middle of a reply
  timeout,        ///< no complete reply in time
  http_status,    ///< any status but 200
  api_error,      ///< an error object where an answer was due
  invalid_reply,  ///< 200, but not what was asked for
  broken_stream,  ///< stamps or text missing, repeated, out of order or altered
  kCount
};

inline constexpr std::size_t kFailures = static_cast<std::size_t>(Failure::kCount);
inline constexpr std::array<std::string_view, kFailures> kFailureNames{
    "none",        "connect",   "closed",        "truncated",    "timeout",
    "http_status", "api_error", "invalid_reply", "broken_stream"};

/// The metrics whose percentiles stand a second time with failures as infinite.
inline constexpr std::array kErrorAdjusted{Metric::ttft, Metric::e2e};

/// Counts over the measured window, except where said.
struct Counters {
  std::uint64_t sent = 0;    ///< requests whose intended time lies in the window
  std::uint64_t ok = 0;      ///< of these, answered completely and correctly
  std::uint64_t unsent = 0;  ///< open loop: due in the window, never sent: no connection free
  std::uint64_t completed_in_window = 0;  ///< correct replies that ended in it, whenever sent
  std::uint64_t chunks = 0;               ///< content chunks of counted requests
  std::uint64_t output_tokens = 0;        ///< from usage where present, else chunks
  std::uint64_t prompt_tokens = 0;        ///< from usage where present
  std::uint64_t cached_tokens = 0;        ///< of these, as usage says, from a prefix cache
  std::uint64_t prompt_mismatches = 0;    ///< usage says another prompt length than was asked
  std::uint64_t output_mismatches = 0;  ///< usage says more than the limit; with ignore_eos, not it
  std::uint64_t model_mismatches = 0;   ///< the reply names another model than was asked
  std::uint64_t stamped = 0;            ///< counted replies that carried stamps
  std::uint64_t missing_done = 0;       ///< complete streams without [DONE]
  std::uint64_t merged_chunks = 0;      ///< content chunks that arrived inside another's event
  std::uint64_t retried = 0;            ///< requests that were sent more than once
  std::uint64_t retries = 0;            ///< attempts beyond each request's first
  std::uint64_t most_attempts = 0;      ///< of one request, its first included
  std::uint64_t timely_reads = 0;    ///< reads with content that began within 100 us of readiness
  std::uint64_t timely_events = 0;   ///< content events in those reads
  std::uint64_t connections = 0;     ///< opened in the whole pass, before the window too
  std::uint64_t requests_total = 0;  ///< sent in the whole pass, warm-up included
  std::uint64_t bytes_read = 0;      ///< in the whole pass, heads and all
  std::uint64_t bytes_written = 0;   ///< the same
  std::array<std::uint64_t, kFailures> failures{};

  [[nodiscard]] std::uint64_t failed() const { return sent - ok; }
  /// Of something counted over the whole pass; 0 where no request was sent.
  [[nodiscard]] double per_request(std::uint64_t in_whole_pass) const;
  void merge(const Counters& other);
};

/// Each counter that has a name of its own in run.json.
struct CounterName {
  std::string_view name;
  std::uint64_t Counters::* value;
};
inline constexpr std::array kCounterNames{
    CounterName{"sent", &Counters::sent},
    CounterName{"ok", &Counters::ok},
    CounterName{"unsent", &Counters::unsent},
    CounterName{"completed_in_window", &Counters::completed_in_window},
    CounterName{"chunks", &Counters::chunks},
    CounterName{"output_tokens", &Counters::output_tokens},
    CounterName{"prompt_tokens", &Counters::prompt_tokens},
    CounterName{"cached_tokens", &Counters::cached_tokens},
    CounterName{"prompt_mismatches", &Counters::prompt_mismatches},
    CounterName{"output_mismatches", &Counters::output_mismatches},
    CounterName{"model_mismatches", &Counters::model_mismatches},
    CounterName{"stamped", &Counters::stamped},
    CounterName{"missing_done", &Counters::missing_done},
    CounterName{"merged_chunks", &Counters::merged_chunks},
    CounterName{"retried", &Counters::retried},
    CounterName{"retries", &Counters::retries},
    CounterName{"timely_reads", &Counters::timely_reads},
    CounterName{"timely_events", &Counters::timely_events},
    CounterName{"connections", &Counters::connections},
    CounterName{"requests_total", &Counters::requests_total},
    CounterName{"bytes_read", &Counters::bytes_read},
    CounterName{"bytes_written", &Counters::bytes_written}};

/// What a set of requests gave: of a run, a stage, a label.
struct Tally {
  Counters counters;
  MetricSet metrics;
  Histogram prompt_lengths;                            ///< tokens, of correct replies
  Histogram output_lengths;                            ///< tokens, of correct replies
  Attainment attainment;                               ///< where there are objectives
  std::array<std::string, kFailures> failure_samples;  ///< the first message of each class

  [[nodiscard]] double error_share() const;
  [[nodiscard]] double events_per_read() const;  ///< 0 where nothing was streamed
  /// The q-quantile of `metric` where every failure counts as an infinite time; nothing where fewer
  /// than ten requests lie past it.
  [[nodiscard]] std::optional<double> error_adjusted(Metric metric, double q) const;
  void fail(Failure failure, std::string_view message);
  void merge(const Tally& other);
};

}  // namespace hopcost::loadgen
