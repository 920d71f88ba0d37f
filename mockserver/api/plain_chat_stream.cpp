#include "mockserver/api/plain_chat_stream.hpp"

#include <algorithm>
#include <cstring>

#include "common/stamp.hpp"
#include "common/tokens.hpp"

namespace hopcost::mockserver {
namespace {

using std::string_view;

constexpr string_view kRoleDelta = R"({"role":"assistant","content":""})";
constexpr string_view kContentStart = R"({"content":")";
constexpr string_view kContentEnd = R"("})";
constexpr string_view kUnfinished = R"(,"logprobs":null,"finish_reason":null}])";
constexpr string_view kStopped = R"({},"logprobs":null,"finish_reason":"stop"}])";
constexpr string_view kCut = R"({},"logprobs":null,"finish_reason":"length"}])";
constexpr string_view kEventEnd = "}\n\n";
constexpr string_view kEventEndNoUsage = ",\"usage\":null}\n\n";
constexpr string_view kDone = "data: [DONE]\n\n";

/// With usage asked for, every event but the last says that it has none.
string_view event_end(const PlainChatFacts& facts) {
  return facts.include_usage ? kEventEndNoUsage : kEventEnd;
}

}  // namespace

void PlainChatStream::begin(const PreparedChat& prepared, const PlainChatFacts& facts,
                            bool open_early, std::uint32_t tokens_per_part) {
  event_start_.clear();
  prepared.append_event_start(event_start_, facts);
  content_start_ = event_start_;
  content_start_ += kContentStart;
  content_end_ = kContentEnd;
  content_end_ += kUnfinished;
  content_end_ += event_end(facts);
  usage_event_.clear();
  if (facts.include_usage) prepared.append_usage_event(usage_event_, facts);
  facts_ = facts;
  facts_.id = facts_.created = {};  // they need not outlive this call
  tokens_per_part_ = tokens_per_part;
  token_ = 0;
  opened_ = needs_stamp_ = false;
  next_ = open_early ? Part::opening : Part::content;
}

std::uint32_t PlainChatStream::part_tokens() const {
  return std::min(tokens_per_part_, facts_.tokens - token_);
}

void PlainChatStream::append_next(std::string& out) {
  needs_stamp_ = false;
  switch (next_) {
    case Part::opening:
      append_opening(out);
      opened_ = true;
      next_ = Part::content;
      break;
    case Part::content:
      if (!opened_) append_opening(out);
      opened_ = true;
      append_content(out);
      next_ = token_ == facts_.tokens ? Part::end : Part::content;
      break;
    case Part::end:
      append_end(out);
      next_ = Part::none;
      break;
    case Part::none:
      break;
  }
}

PlainChatStream::Appended PlainChatStream::append_some(std::string& out, std::uint32_t most) {
  if (next_ != Part::content || !opened_ || facts_.stamp_id) {
    return ReplyStream::append_some(out, most);
  }
  const std::uint32_t left = facts_.tokens - token_;
  const std::uint32_t events =
      std::min(most, left / tokens_per_part_ + (left % tokens_per_part_ > 0 ? 1 : 0));
  append_events(out, events);
  return {events, events};
}

void PlainChatStream::append_events(std::string& out, std::uint32_t events) {
  const std::uint32_t left = facts_.tokens - token_;
  const auto tokens = static_cast<std::uint32_t>(
      std::min(std::uint64_t{events} * tokens_per_part_, std::uint64_t{left}));
  std::size_t size = out.size() + events * (content_start_.size() + content_end_.size());
  for (std::uint32_t i = token_; i < token_ + tokens; ++i) size += token_text(i).size();
  const auto put = [](char* to, string_view text) {
    std::memcpy(to, text.data(), text.size());
    return to + text.size();
  };
  const std::size_t begin = out.size();
  // libstdc++ 12 tells the function its new capacity, not the size asked for.
  out.resize_and_overwrite(size, [&](char* bytes, std::size_t) {
    char* to = bytes + begin;
    for (const std::uint32_t end = token_ + tokens; token_ < end;) {
      to = put(to, content_start_);
      const std::uint32_t part_end = token_ + std::min(tokens_per_part_, end - token_);
      for (; token_ < part_end; ++token_) to = put(to, token_text(token_));
      to = put(to, content_end_);
    }
    return size;
  });
  needs_stamp_ = false;
  if (token_ == facts_.tokens) next_ = Part::end;
}

void PlainChatStream::append_opening(std::string& out) const {
  out += event_start_;
  out += kRoleDelta;
  out += kUnfinished;
  out += event_end(facts_);
}

void PlainChatStream::append_content(std::string& out) {
  out += content_start_;
  if (facts_.stamp_id) {
    needs_stamp_ = true;
    stamp_at_ = out.size();
    stamped_token_ = token_;
    out.append(token_ == 0 ? ReplyStamp::kSize : ChunkStamp::kSize, '0');
  }
  const std::uint32_t end = token_ + std::min(tokens_per_part_, facts_.tokens - token_);
  for (; token_ < end; ++token_) out += token_text(token_);
  out += content_end_;
}

void PlainChatStream::append_end(std::string& out) const {
  out += event_start_;
  out += facts_.cut ? kCut : kStopped;
  out += event_end(facts_);
  out += usage_event_;
  out += kDone;
}

void PlainChatStream::stamp(std::string& out, Nanos sent_ns) const {
  if (!needs_stamp_) return;
  char* const at = out.data() + stamp_at_;
  if (stamped_token_ == 0) {
    write_stamp(at, ReplyStamp{*facts_.stamp_id, facts_.received_ns, sent_ns});
  } else {
    write_stamp(at, ChunkStamp{stamped_token_ / tokens_per_part_, sent_ns});
  }
}

}  // namespace hopcost::mockserver
