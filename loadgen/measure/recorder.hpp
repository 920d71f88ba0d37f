#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "loadgen/exchange/session.hpp"
#include "loadgen/measure/result.hpp"
#include "loadgen/measure/window.hpp"
#include "loadgen/options.hpp"

namespace hopcost::loadgen {

/// Turns one thread's exchanges into its share of the result. Requests count where they are due
/// inside the window; each belongs to one stage, target, model and class.
class Recorder {
 public:
  explicit Recorder(const Options& options);

  void begin(const Window& window);
  /// A request's first attempt is sent now.
  void sent(const Order& order, Nanos now);
  /// Where samples per chunk of this attempt go; null where the request does not count.
  [[nodiscard]] MetricSet* metrics_of(const Order& order, Nanos now);
  /// The last attempt ended, well or not.
  void finished(const Session& session);
  /// It will not be sent again, or not at all, because of the failure that the order names.
  void gave_up(const Order& order, Nanos now);
  /// The run was stopped before its reply was there: it counts as not sent.
  void forget(const Order& order, Nanos intended);
  /// Due inside the window and never sent.
  void unsent(Nanos due);
  void connected(Nanos took_ns);
  void content_read(const Session& session, std::uint64_t events, Nanos read_ns, bool timely);
  /// Time goes on, whether anything happens or not. Returns the seconds that ended since.
  std::vector<Second> tick(Nanos now);

  /// All of it, once. `to`: where the window ended; `now`: where the last exchange did.
  [[nodiscard]] RunResult take(Nanos to, Nanos now);

 private:
  [[nodiscard]] Slice slice_of(const Order& order, Nanos due) const;
  [[nodiscard]] Tally& tally_of(const Slice& slice);
  void count_completion(const Session& session);
  void record(const Session& session, Tally& tally);
  void add_row(const Session& session, const Slice& slice);
  void add_labels(RunResult& result, const char* dimension, const std::vector<std::string>& names,
                  std::uint16_t Slice::* position) const;

  const Options& options_;
  Window window_;
  std::size_t targets_;
  std::size_t models_;
  std::size_t classes_;
  struct Part {
    Slice slice;
    Tally tally;
  };
  std::vector<std::unique_ptr<Part>> parts_;  ///< by slice, made when first needed
  Tally loose_;                               ///< of no request: connections
  Series series_;
  std::vector<Second> seconds_;
  RequestLog log_;
};

}  // namespace hopcost::loadgen
