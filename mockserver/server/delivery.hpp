#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/clock.hpp"
#include "common/histogram.hpp"
#include "mockserver/admin/metrics.hpp"
#include "mockserver/api/reply_stream.hpp"
#include "mockserver/pace.hpp"

namespace hopcost::mockserver {

/// One reply on its way: which bytes leave, and when. Knows time but no socket: its owner asks
/// next() again and again and does what it says, so that all of it is tested on fake time.
///
/// One object serves all replies of a connection, one after another.
class Delivery {
 public:
  using Clock = Nanos (*)();

  /// Both must outlive the delivery. `clock` is CLOCK_MONOTONIC but in tests.
  Delivery(Counters& counters, Histogram& lateness_ns, Clock clock = now_ns)
      : counters_(counters), lateness_ns_(lateness_ns), clock_(clock) {}

  /// How a stream is cut into writes.
  struct Framing {
    bool chunked = true;                 ///< HTTP chunks; without them the close ends the body
    std::uint32_t events_per_write = 1;  ///< only where no delay is asked
  };

  /// A reply that already lies in `out`, all of it, due when its last token is. `stamp_at`: where
  /// in `out` the reply stamp goes, or kNoStamp.
  struct Held {
    std::size_t stamp_at = 0;
    std::uint32_t stamp_id = 0;
    Nanos received_ns = 0;
    Nanos due_ns = 0;
    bool timed = false;  ///< a delay was asked for: lateness counts
  };
  void begin_unary(const Held& held);
  /// Where the head of a stream's reply is put before begin_stream(); it leaves with the first
  /// part.
  [[nodiscard]] std::string& head() { return head_; }
  /// `stream` must live until the delivery is done or dropped. `now_ns`: a time that has passed.
  void begin_stream(ReplyStream& stream, const Pace& pace, Framing framing, Nanos now_ns);
  void drop();

  enum class Step : std::uint8_t {
    send,   ///< send all that is in `out`, empty it, then ask again
    wait,   ///< ask again at due_ns()
    yield,  ///< let others have their turn, then ask again
    done,   ///< the reply was sent, whole
  };
  [[nodiscard]] Step next(std::string& out);
  [[nodiscard]] Nanos due_ns() const { return due_ns_; }

 private:
  Step next_held(std::string& out);
  Step next_part(std::string& out);
  /// Appends parts that may share one write.
  void append_parts(std::string& out);
  [[nodiscard]] Nanos part_due() const;

  Counters& counters_;
  Histogram& lateness_ns_;
  Clock clock_;
  std::optional<Held> held_;
  ReplyStream* stream_ = nullptr;
  std::string head_;
  Pace pace_;
  Framing framing_;
  Nanos due_ns_ = 0;
  Nanos known_now_ns_ = 0;  ///< a time that has passed: saves reading the clock
  int sends_in_a_row_ = 0;
};

}  // namespace hopcost::mockserver
