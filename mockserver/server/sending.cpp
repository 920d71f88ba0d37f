#include "mockserver/server/sending.hpp"

#include "common/stamp.hpp"
#include "mockserver/api/reply_writer.hpp"
#include "mockserver/http/reply_head.hpp"

namespace hopcost::mockserver {
namespace {

/// Writes of one stream before other connections get their turn.
constexpr int kBurst = 16;

}  // namespace

void Sending::begin_unary(const Held& held) {
  held_ = held;
  due_ns_ = held.due_ns;
  known_now_ns_ = held.received_ns;
}

void Sending::begin_stream(ReplyStream& stream, const Pace& pace, Framing framing,
                           Nanos received_ns) {
  stream_ = &stream;
  pace_ = pace;
  framing_ = framing;
  first_token_ns_ = known_now_ns_ = received_ns_ = received_ns;
  sends_in_a_row_ = 0;
}

void Sending::drop() {
  held_.reset();
  stream_ = nullptr;
  head_.clear();
  granted_.reset();
}

Sending::Step Sending::next(std::string& out) {
  if (held_) return next_held(out);
  if (stream_ != nullptr) return next_part(out);
  return Step::done;
}

Sending::Step Sending::next_held(std::string& out) {
  if (granted_) {
    if (granted_->tokens < held_->tokens) return Step::idle;
    held_->due_ns = known_now_ns_ = granted_->at_ns;
    held_->timed = true;
  }
  if (held_->due_ns > known_now_ns_) {
    known_now_ns_ = held_->due_ns;  // the next call comes when it has passed
    return Step::wait;
  }
  const bool stamped = held_->stamp_at != kNoStamp;
  if (stamped || held_->timed) {
    const Nanos sent_ns = known_now_ns_ = clock_();
    if (held_->timed) {
      pacing_.lateness.record(sent_ns - held_->due_ns);
      pacing_.first.record(held_->due_ns - held_->received_ns, sent_ns - held_->received_ns);
    }
    if (stamped) {
      write_stamp(out.data() + held_->stamp_at,
                  ReplyStamp{held_->stamp_id, held_->received_ns, sent_ns});
    }
  }
  first_token_ns_ = known_now_ns_;
  held_.reset();
  granted_.reset();
  return Step::send;
}

Nanos Sending::part_due() const {
  Pace pace = pace_;
  pace.advance(stream_->part_tokens() - 1);  // a part cannot leave before its last token is there
  return pace.due();
}

Sending::Step Sending::next_part(std::string& out) {
  if (stream_->next() == ReplyStream::Part::none) {
    drop();
    return Step::done;
  }
  const bool content = stream_->next() == ReplyStream::Part::content;
  if (content && granted_) {
    if (granted_->tokens < stream_->token() + std::uint64_t{stream_->part_tokens()}) {
      return Step::idle;
    }
    due_ns_ = granted_->at_ns;
  } else if (content && pace_.asked()) {
    due_ns_ = part_due();
    if (due_ns_ > known_now_ns_) {
      known_now_ns_ = due_ns_;
      sends_in_a_row_ = 0;
      return Step::wait;
    }
  }
  if (++sends_in_a_row_ > kBurst) {
    sends_in_a_row_ = 0;
    return Step::yield;
  }
  out += head_;
  head_.clear();
  if (framing_.chunked) {
    const auto chunk = open_chunk(out, chunk_size_);
    append_parts(out);
    chunk_size_ = close_chunk(out, chunk);
    if (stream_->next() == ReplyStream::Part::none) out += kLastChunk;
  } else {
    append_parts(out);
  }
  return Step::send;
}

void Sending::append_parts(std::string& out) {
  if (timed()) {
    append_timed(out);
    return;
  }
  std::uint32_t left = framing_.events_per_write;
  while (left > 0 && stream_->next() != ReplyStream::Part::none) {
    const bool first = stream_->next() == ReplyStream::Part::content && stream_->token() == 0;
    const auto appended = stream_->append_some(out, left);
    counters_.chunks += appended.contents;
    left -= appended.parts;
    if (!stream_->needs_stamp()) continue;
    known_now_ns_ = clock_();
    stream_->stamp(out, known_now_ns_);
    if (first) first_token_ns_ = known_now_ns_;
  }
}

void Sending::append_timed(std::string& out) {
  const bool content = stream_->next() == ReplyStream::Part::content;
  const bool first = content && stream_->token() == 0;
  if (content) {
    ++counters_.chunks;
    pace_.advance(stream_->part_tokens());
  }
  stream_->append_next(out);
  if (!content && !stream_->needs_stamp()) return;
  known_now_ns_ = clock_();
  stream_->stamp(out, known_now_ns_);
  if (!content) return;
  pacing_.lateness.record(known_now_ns_ - due_ns_);
  if (first) {
    first_token_ns_ = known_now_ns_;
    pacing_.first.record(due_ns_ - received_ns_, known_now_ns_ - received_ns_);
  } else {
    pacing_.gap.record(due_ns_ - last_due_ns_, known_now_ns_ - last_sent_ns_);
  }
  last_due_ns_ = due_ns_;
  last_sent_ns_ = known_now_ns_;
}

}  // namespace hopcost::mockserver
