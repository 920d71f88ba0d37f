#include "mockserver/server/replay_sending.hpp"

#include "mockserver/http/reply_head.hpp"

namespace hopcost::mockserver {

SendStep ReplaySending::next(std::string& out) {
  if (ended_) return SendStep::done;
  if (const auto* body = std::get_if<std::string>(&recorded_.reply)) {
    out += head_;
    out += *body;
    ended_ = true;
    return SendStep::send;
  }
  const auto& pieces = std::get<std::vector<ReplyPiece>>(recorded_.reply);
  if (piece_ < pieces.size()) {
    const auto& piece = pieces[piece_];
    due_ns_ = received_ns_ + piece.after_ns;
    const Nanos now = clock_();
    if (now < due_ns_) return SendStep::wait;
    pacing_.lateness.record(now - due_ns_);
    out += std::exchange(head_, {});
    if (!piece.bytes.empty()) {
      const std::size_t begin = out.size();
      out += piece.bytes;
      if (chunked_) frame_chunk(out, begin);
    }
    ++piece_;
  } else {
    out += std::exchange(head_, {});
    if (chunked_) out += kLastChunk;
    ended_ = true;
  }
  return SendStep::send;
}

}  // namespace hopcost::mockserver
