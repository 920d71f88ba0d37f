#include "mockserver/server/disturbed_sending.hpp"

#include <algorithm>

#include "mockserver/http/reply_head.hpp"

namespace hopcost::mockserver {
namespace {

/// Slices of one reply, without a gap, before other connections get their turn.
constexpr int kBurst = 16;

}  // namespace

SpoiltBody spoil_body(const FaultPlan& plan, std::string body) {
  if (plan.body == BodyKind::empty) body.clear();
  if (plan.body == BodyKind::html) body = http_page(plan.body_status);
  if (plan.malformed_after) body = malformed_body(body);
  if (plan.huge_after && !body.empty() && body.size() < plan.huge_size) {
    body.insert(1, plan.huge_size - body.size(), ' ');  // behind the opening brace
  }
  if (plan.write.split_utf8) body = multibyte_wire(body);
  const std::size_t promised = body.size() + (plan.truncated ? kTruncatedBytes : 0);
  return {std::move(body), promised};
}

DisturbedSending::DisturbedSending(Counters& counters, PacingTally& pacing, Sending::Clock clock)
    : clock_(clock), inner_(counters, pacing, clock) {}

void DisturbedSending::begin_unary(std::string head, std::string body, const Sending::Held& held,
                                   std::uint32_t tokens) {
  head_ = std::move(head);
  body_ = std::move(body);
  tokens_ = tokens;
  inner_.begin_unary(held);
}

void DisturbedSending::begin_stream(std::string head, AnswerStream& stream, const Pace& pace,
                                    Sending::Framing framing, Nanos now_ns) {
  head_ = std::move(head);
  stream_ = &stream;
  framing_ = framing;
  // Events that are due together may share a write.
  if (!pace.asked() && !by_grants_) {
    plan_.write.events = std::max(plan_.write.events, framing.events_per_write);
  }
  inner_.begin_stream(stream, pace, {false, 1}, now_ns);
}

void DisturbedSending::grant(std::uint64_t tokens, Nanos at_ns) {
  inner_.grant(tokens, at_ns);
  if (std::exchange(awaits_grant_, false)) waiting_until_ns_.reset();
}

DisturbedSending::Step DisturbedSending::next(std::string& out) {
  if (left_ != Cut::none) return leave(left_);
  for (;;) {
    if (waiting_until_ns_) {
      const Step step = keep_waiting(out);
      if (waiting_until_ns_) return step;
    }
    if (!stops_.empty() && stops_.front().at == sent_) {
      const Step step = pass_stop();
      if (step != Step::send) return step;
      continue;
    }
    if (sent_ < in_hand_.size()) return send_slice(out);
    in_hand_.clear();
    sent_ = 0;
    if (ended_) return plan_.truncated ? Step::close : Step::done;
    Step step = Step::send;
    if (!began_ || !cut_before_) {
      step = before_reply();
    } else {
      step = stream_ == nullptr ? unary_part() : stream_part();
    }
    if (step != Step::send) return step;
  }
}

DisturbedSending::Step DisturbedSending::before_reply() {
  if (!began_) {
    began_ = true;
    next_ping_ns_ = clock_() + plan_.ping_every_ns;
    if (plan_.header_stall_ns > 0) return wait_for(plan_.header_stall_ns);
  }
  cut_before_ = true;
  if (plan_.cut_before_reply != Cut::none) return leave(plan_.cut_before_reply);
  if (plan_.cut_after_head != Cut::none) {
    in_hand_ = std::move(head_);
    stops_.push_back({in_hand_.size(), 0, plan_.cut_after_head});
  }
  return Step::send;
}

DisturbedSending::Step DisturbedSending::unary_part() {
  const auto step = inner_.next(body_);
  if (step == SendStep::idle) return step;
  if (step == SendStep::wait) return wait_until(inner_.due_ns());
  // It is due. From here on "after k tokens" is a place in the body.
  const std::size_t head_size = head_.size();
  const auto place = [&](std::uint32_t after) {
    return head_size + place_in_body(body_.size(), after, tokens_);
  };
  if (plan_.first_token_stall_ns > 0) stops_.push_back({head_size, plan_.first_token_stall_ns});
  if (plan_.mid_stall_ns > 0) {
    stops_.push_back({place(plan_.mid_stall_after), plan_.mid_stall_ns});
  }
  if (plan_.cut != Cut::none) stops_.push_back({place(plan_.cut_after), 0, plan_.cut});
  std::ranges::stable_sort(stops_, {}, &Stop::at);
  in_hand_ = std::move(head_) + body_;
  ended_ = true;
  return Step::send;
}

DisturbedSending::Step DisturbedSending::stream_part() {
  const auto part = stream_->next();
  const std::uint32_t token = stream_->token();
  if (part == ReplyStream::Part::content || part == ReplyStream::Part::end) {
    if (plan_.first_token_stall_ns > 0 && !stalled_first_ && token == 0) {
      stalled_first_ = true;
      return stop_here(plan_.first_token_stall_ns, Cut::none);
    }
    if (plan_.mid_stall_ns > 0 && !stalled_mid_ && token >= plan_.mid_stall_after) {
      stalled_mid_ = true;
      return stop_here(plan_.mid_stall_ns, Cut::none);
    }
    if (plan_.event_error_status != 0 && token >= plan_.event_error_after) {
      std::string events;
      stream_->fail(events, plan_.event_error());
      join_or_send(std::move(events), true);
      return plan_.cut != Cut::none ? stop_here(0, plan_.cut) : end_stream();
    }
    if (plan_.cut != Cut::none && token >= plan_.cut_after) {
      return stop_here(0, plan_.cut);
    }
  }
  return stream_content(token, part);
}

DisturbedSending::Step DisturbedSending::stream_content(std::uint32_t first_token,
                                                        ReplyStream::Part part) {
  std::string events;
  switch (inner_.next(events)) {
    case SendStep::wait:
      return wait_until(inner_.due_ns());
    case SendStep::yield:
      return Step::yield;
    case SendStep::idle:
      if (plan_.ping_every_ns == 0) return Step::idle;
      awaits_grant_ = true;
      return wait_until(kForEver);
    case SendStep::done:
      return end_stream();
    default:
      break;
  }
  if (part == ReplyStream::Part::content) {
    const auto spoils = [&](const std::optional<std::uint32_t>& after) {
      return after && *after >= first_token && *after < stream_->token();
    };
    if (spoils(plan_.malformed_after)) events = malformed_events(events);
    if (spoils(plan_.huge_after)) events = huge_events(events, plan_.huge_size);
  }
  const bool last = stream_->next() == ReplyStream::Part::none;
  if (last && plan_.unterminated) events = unterminated(events);
  join_or_send(std::move(events), last);
  return Step::send;
}

DisturbedSending::Step DisturbedSending::stop_here(Nanos stall_ns, Cut cut) {
  join_or_send({}, true);
  in_hand_ += std::exchange(head_, {});  // nothing was said yet
  stops_.push_back({in_hand_.size(), stall_ns, cut});
  return Step::send;
}

DisturbedSending::Step DisturbedSending::end_stream() {
  join_or_send({}, true);
  if (framing_.chunked && !plan_.truncated) in_hand_ += kLastChunk;
  ended_ = true;
  return Step::send;
}

void DisturbedSending::join_or_send(std::string events, bool last) {
  joined_ += events;
  if (!events.empty()) ++joined_count_;
  if (joined_.empty() || (!last && joined_count_ < plan_.write.events)) return;
  joined_count_ = 0;
  take_events(std::exchange(joined_, {}));
}

void DisturbedSending::take_events(std::string events) {
  if (plan_.write.split_utf8) events = multibyte_wire(events);
  in_hand_ += head_;
  head_.clear();
  const std::size_t begin = in_hand_.size();
  if (plan_.form.plain()) {
    in_hand_ += events;
  } else {
    events_ = append_reformed(in_hand_, events, plan_.form, events_);
  }
  if (framing_.chunked) frame_chunk(in_hand_, begin);
}

DisturbedSending::Step DisturbedSending::send_slice(std::string& out) {
  const std::size_t limit = stops_.empty() ? in_hand_.size() : stops_.front().at;
  const std::size_t end =
      plan_.write.whole() ? limit : std::min(limit, slice_end(in_hand_, sent_, plan_.write));
  if (!plan_.write.whole() && ++slices_in_a_row_ > kBurst) {
    slices_in_a_row_ = 0;
    return Step::yield;
  }
  out.append(in_hand_, sent_, end - sent_);
  sent_ = end;
  if (plan_.write.gap_ns > 0 && sent_ < in_hand_.size()) {
    slices_in_a_row_ = 0;
    waiting_until_ns_ = clock_() + plan_.write.gap_ns;
  }
  return Step::send;
}

DisturbedSending::Step DisturbedSending::pass_stop() {
  const Stop stop = stops_.front();
  stops_.pop_front();
  if (stop.cut != Cut::none) return leave(stop.cut);
  return wait_for(stop.stall_ns);
}

DisturbedSending::Step DisturbedSending::wait_for(Nanos stall_ns) {
  return wait_until(stall_ns == kForEver ? kForEver : clock_() + stall_ns);
}

DisturbedSending::Step DisturbedSending::wait_until(Nanos until_ns) {
  slices_in_a_row_ = 0;
  waiting_until_ns_ = until_ns;
  return Step::send;  // next() goes on with keep_waiting()
}

/// What to do while a wait lasts. Pings go out meanwhile, once the events of a stream could.
DisturbedSending::Step DisturbedSending::keep_waiting(std::string& out) {
  const Nanos now = clock_();
  if (now >= *waiting_until_ns_) {
    waiting_until_ns_.reset();
    return Step::send;
  }
  const bool pings = plan_.ping_every_ns > 0 && stream_ != nullptr && cut_before_ &&
                     sent_ == in_hand_.size() && stream_->next() != ReplyStream::Part::none;
  if (pings && now >= next_ping_ns_) {
    next_ping_ns_ = now + plan_.ping_every_ns;
    out += std::exchange(head_, {});
    const std::size_t begin = out.size();
    if (events_ == 0 && std::exchange(plan_.form.bom, false)) out += kByteOrderMark;
    append_ping(out, plan_.form);
    if (framing_.chunked) frame_chunk(out, begin);
    return Step::send;
  }
  due_ns_ = pings ? std::min(next_ping_ns_, *waiting_until_ns_) : *waiting_until_ns_;
  return due_ns_ == kForEver ? Step::idle : Step::wait;
}

DisturbedSending::Step DisturbedSending::leave(Cut cut) {
  left_ = cut;
  return cut == Cut::reset ? Step::reset : Step::close;
}

}  // namespace hopcost::mockserver
