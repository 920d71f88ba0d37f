#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "common/clock.hpp"
#include "loadgen/measure/sample.hpp"

namespace hopcost::loadgen {

/// The metrics of which every second has a histogram.
inline constexpr std::array kSeriesMetrics{Metric::ttft, Metric::itl, Metric::e2e,
                                           Metric::lateness};

/// One second of a run, of the requests that count. Requests are sent, and end, in the second in
/// which they do so.
struct Second {
  std::uint64_t sent = 0;
  std::uint64_t ok = 0;
  std::uint64_t failed = 0;
  std::uint64_t chunks = 0;         ///< content events read in this second
  std::uint64_t output_tokens = 0;  ///< of the replies that ended
  double in_flight = 0;             ///< mean over the second
  std::array<Histogram::Compact, kSeriesMetrics.size()> times;  ///< of the replies that ended

  void merge(const Second& other);
};

/// The seconds of one thread's share of a run, in the order of time. A second's histograms are
/// dense while it lasts and compact afterwards.
class Series {
 public:
  /// Second 0 begins at `start_ns`; what happens before it belongs to it.
  void begin(Nanos start_ns);
  void sent(Nanos at);
  void ended_well(Nanos at, const Sample& sample, std::uint64_t output_tokens);
  void ended_badly(Nanos at);
  void chunks(Nanos at, std::uint64_t count);
  /// The seconds that ended before `at`, once.
  [[nodiscard]] std::vector<Second> take_ended(Nanos at);
  /// The one under way, where anything happened in it.
  [[nodiscard]] std::optional<Second> take_last(Nanos at);

 private:
  void advance(Nanos at) {
    if (at >= next_) roll(at);
    if (at > last_) {
      load_ns_ += static_cast<double>(at - last_) * static_cast<double>(in_flight_);
      last_ = at;
    }
  }
  void roll(Nanos at);
  void close_second();

  std::vector<Second> closed_;
  Second now_;
  std::array<Histogram, kSeriesMetrics.size()> times_;
  Nanos next_ = 0;  ///< when the second under way ends
  Nanos last_ = 0;
  double load_ns_ = 0;  ///< of the second under way: time x requests in flight
  std::uint64_t in_flight_ = 0;
};

/// Adds another thread's or process's seconds.
void merge_seconds(std::vector<Second>& into, const std::vector<Second>& other);

}  // namespace hopcost::loadgen
