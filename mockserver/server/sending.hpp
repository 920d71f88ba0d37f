#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/clock.hpp"
#include "mockserver/api/reply_stream.hpp"
#include "mockserver/server/metrics.hpp"
#include "mockserver/server/pacing_tally.hpp"
#include "mockserver/time/timing.hpp"

namespace hopcost::mockserver {

/// What whoever sends a reply has to do next.
enum class SendStep : std::uint8_t {
  send,   ///< send all that is in `out`, empty it, then ask again
  wait,   ///< ask again at due_ns()
  yield,  ///< let others have their turn, then ask again
  done,   ///< the reply was sent, as whole as it gets
  // Only where faults were asked for:
  idle,   ///< nothing more will come: wait until the client leaves
  close,  ///< end the connection by FIN, now
  reset,  ///< end it by RST, now
};

/// One reply on its way: which bytes leave, and when. Knows time but no socket: its owner asks
/// next() again and again and does what it says, so that all of it is tested on fake time.
///
/// One object serves all replies of a connection, one after another.
class Sending {
 public:
  using Clock = Nanos (*)();
  using Step = SendStep;

  /// Both must outlive it. `clock` is CLOCK_MONOTONIC but in tests.
  Sending(Counters& counters, PacingTally& pacing, Clock clock = now_ns)
      : counters_(counters), pacing_(pacing), clock_(clock) {}

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
    std::uint32_t tokens = 1;
  };
  void begin_unary(const Held& held);
  /// Where the head of a stream's reply is put before begin_stream(); it leaves with the first
  /// part.
  [[nodiscard]] std::string& head() { return head_; }
  /// `stream` must live until it is done or dropped. `received_ns`: when the request was there.
  void begin_stream(ReplyStream& stream, const Pace& pace, Framing framing, Nanos received_ns);
  void drop();

  /// The tokens of this reply come one by one from elsewhere, as grant() tells, not at a pace.
  /// Until drop().
  void expect_grants() { granted_ = Granted{}; }
  /// So many tokens are there since `at_ns`; ask next() again.
  void grant(std::uint64_t tokens, Nanos at_ns) { granted_ = Granted{tokens, at_ns}; }

  [[nodiscard]] Step next(std::string& out);
  [[nodiscard]] Nanos due_ns() const { return due_ns_; }
  /// Of the reply last begun: when its first token left. Where nothing is timed or stamped no clock
  /// was read, and both are about when the request was.
  [[nodiscard]] Nanos first_token_ns() const { return first_token_ns_; }
  [[nodiscard]] Nanos known_now_ns() const { return known_now_ns_; }

 private:
  struct Granted {
    std::uint64_t tokens = 0;
    Nanos at_ns = 0;
  };

  [[nodiscard]] bool timed() const { return granted_.has_value() || pace_.asked(); }
  Step next_held(std::string& out);
  Step next_part(std::string& out);
  /// Appends parts that may share one write, stamped and counted.
  void append_parts(std::string& out);
  /// Appends one part, whose time has come.
  void append_timed(std::string& out);
  [[nodiscard]] Nanos part_due() const;

  Counters& counters_;
  PacingTally& pacing_;
  Clock clock_;
  std::optional<Held> held_;
  std::optional<Granted> granted_;
  ReplyStream* stream_ = nullptr;
  std::string head_;
  Pace pace_;
  Framing framing_;
  std::size_t chunk_size_ = 0;  ///< of the last HTTP chunk: the next one's may be like it
  Nanos received_ns_ = 0;
  Nanos due_ns_ = 0;
  Nanos last_due_ns_ = 0;   ///< of the tokens before
  Nanos last_sent_ns_ = 0;  ///< when they were
  Nanos first_token_ns_ = 0;
  Nanos known_now_ns_ = 0;  ///< a time that has passed: saves reading the clock
  int sends_in_a_row_ = 0;
};

}  // namespace hopcost::mockserver
