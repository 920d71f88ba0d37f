#include "mockserver/api/answer_stream.hpp"

#include <algorithm>

#include "common/stamp.hpp"

namespace hopcost::mockserver {

AnswerStream::AnswerStream(ReplyWriter& writer, Shape shape, std::optional<Stamps> stamps)
    : writer_(writer), shape_(shape), stamps_(stamps) {
  next_ = shape_.open_early || shape_.steps == 0 ? Part::opening : Part::content;
}

std::uint32_t AnswerStream::part_tokens() const {
  return std::min(shape_.tokens_per_part, shape_.steps - token_);
}

void AnswerStream::append_next(std::string& out) {
  needs_stamp_ = false;
  if (next_ != Part::none && !opened_) {
    writer_.open(out);
    opened_ = true;
  }
  if (next_ == Part::content) {
    const std::uint32_t end = token_ + part_tokens();
    stamp_at_ = writer_.piece(out, token_, end);
    needs_stamp_ = stamp_at_ != kNoStamp;
    if (needs_stamp_) ++stamped_;
    token_ = end;
  } else if (next_ == Part::end) {
    writer_.close(out, shape_.terminator);
    next_ = Part::none;
    return;
  }
  if (next_ != Part::none) next_ = token_ == shape_.steps ? Part::end : Part::content;
}

void AnswerStream::stamp(std::string& out, Nanos sent_ns) const {
  if (!needs_stamp_ || !stamps_) return;
  char* const at = out.data() + stamp_at_;
  if (stamped_ == 1) {
    write_stamp(at, ReplyStamp{stamps_->id, stamps_->received_ns, sent_ns});
  } else {
    write_stamp(at, ChunkStamp{stamped_ - 1, sent_ns});
  }
}

void AnswerStream::fail(std::string& out, const ApiError& error) {
  writer_.fail(out, error);
  needs_stamp_ = false;
  next_ = Part::none;
}

}  // namespace hopcost::mockserver
