#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "mockserver/api/answer_stream.hpp"
#include "mockserver/fault/fault_plan.hpp"
#include "mockserver/server/sending.hpp"

namespace hopcost::mockserver {

/// A unary body as a plan spoils it, and how many bytes the head has to promise.
struct SpoiltBody {
  std::string bytes;
  std::size_t promised = 0;
};
[[nodiscard]] SpoiltBody spoil_body(const FaultPlan& plan, std::string body);

/// One reply on its way with faults: does for the replies that were given a FaultPlan what Sending
/// does for all others, and is asked in the same way. Slower, because it copies; made anew for each
/// reply. Knows time but no socket.
class DisturbedSending {
 public:
  using Step = SendStep;

  /// The references must outlive it.
  DisturbedSending(Counters& counters, PacingTally& pacing, Sending::Clock clock = now_ns);

  void set_plan(FaultPlan plan) { plan_ = std::move(plan); }
  /// See Sending.
  void expect_grants() {
    by_grants_ = true;
    inner_.expect_grants();
  }
  void grant(std::uint64_t tokens, Nanos at_ns);

  /// `body` went through spoil_body(); `held.stamp_at` counts from its start. `tokens` is what the
  /// plan's "after k tokens" are a share of.
  void begin_unary(std::string head, std::string body, const Sending::Held& held,
                   std::uint32_t tokens);
  void begin_stream(std::string head, AnswerStream& stream, const Pace& pace,
                    Sending::Framing framing, Nanos now_ns);

  [[nodiscard]] Step next(std::string& out);
  [[nodiscard]] Nanos due_ns() const { return due_ns_; }
  [[nodiscard]] Nanos first_token_ns() const { return inner_.first_token_ns(); }

 private:
  /// Where bytes in hand stop flowing, and why.
  struct Stop {
    std::size_t at = 0;
    Nanos stall_ns = 0;
    Cut cut = Cut::none;
  };

  Step before_reply();
  Step unary_part();
  Step stream_part();
  Step stream_content(std::uint32_t first_token, ReplyStream::Part part);
  Step end_stream();
  /// Sends all that is there, head included, then waits or leaves.
  Step stop_here(Nanos stall_ns, Cut cut);
  /// Puts events, shaped, behind what is in hand.
  void take_events(std::string events);
  void join_or_send(std::string events, bool last);
  Step send_slice(std::string& out);
  Step pass_stop();
  Step wait_for(Nanos stall_ns);
  Step wait_until(Nanos until_ns);
  Step keep_waiting(std::string& out);
  Step leave(Cut cut);

  FaultPlan plan_;
  Sending::Clock clock_;
  Sending inner_;
  AnswerStream* stream_ = nullptr;  ///< null: a unary reply
  Sending::Framing framing_;
  std::string head_;  ///< until it is in hand
  std::string body_;  ///< of a unary reply, until it is in hand
  std::uint32_t tokens_ = 0;
  std::string joined_;  ///< events that wait for others to share a write
  std::uint32_t joined_count_ = 0;
  std::uint64_t events_ = 0;  ///< formed so far
  std::string in_hand_;
  std::size_t sent_ = 0;  ///< of in_hand_
  std::deque<Stop> stops_;
  std::optional<Nanos> waiting_until_ns_;
  Nanos next_ping_ns_ = 0;
  Nanos due_ns_ = 0;
  int slices_in_a_row_ = 0;
  Cut left_ = Cut::none;       ///< how the connection was left
  bool by_grants_ = false;     ///< tokens come as grant() tells
  bool awaits_grant_ = false;  ///< the wait under way ends with one
  bool began_ = false;
  bool cut_before_ = false;
  bool stalled_first_ = false;
  bool stalled_mid_ = false;
  bool ended_ = false;  ///< all there is to send is in hand
};

}  // namespace hopcost::mockserver
