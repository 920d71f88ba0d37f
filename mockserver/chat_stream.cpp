#include "mockserver/chat_stream.hpp"

#include <array>
#include <charconv>

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
string_view event_end(const ReplyFacts& facts) {
  return facts.include_usage ? kEventEndNoUsage : kEventEnd;
}

}  // namespace

void ChatStream::begin(std::shared_ptr<const CompiledScenario> compiled, const ResponsePlan& plan,
                       const ReplyFacts& facts) {
  facts_ = facts;
  facts_.date = facts_.created = {};  // they need not outlive this call
  head_.clear();
  plan.append_stream_head(head_, facts);
  event_start_.clear();
  plan.append_event_start(event_start_, facts);
  usage_event_.clear();
  if (facts.include_usage) plan.append_usage_event(usage_event_, facts);
  index_ = 0;
  stamp_at_ = kNoStamp;
  next_ = compiled->scenario.role_early ? Part::opening : Part::content;
  compiled_ = std::move(compiled);
}

void ChatStream::drop() {
  compiled_.reset();
  stamp_at_ = kNoStamp;
  next_ = Part::none;
}

void ChatStream::append_next(std::string& out) {
  stamp_at_ = kNoStamp;
  switch (next_) {
    case Part::opening:
      append_opening(out);
      next_ = Part::content;
      break;
    case Part::content:
      if (!head_.empty()) append_opening(out);
      append_content(out);
      next_ = ++index_ == facts_.tokens ? Part::end : Part::content;
      break;
    case Part::end:
      append_end(out);
      drop();
      break;
    case Part::none:
      break;
  }
}

void ChatStream::append_opening(std::string& out) {
  out += head_;
  head_.clear();
  const auto end = event_end(facts_);
  append_chunk_size(out, event_start_.size() + kRoleDelta.size() + kUnfinished.size() + end.size());
  out += event_start_;
  out += kRoleDelta;
  out += kUnfinished;
  out += end;
  append_chunk_end(out);
}

void ChatStream::append_content(std::string& out) {
  const auto text = token_text(index_);
  const auto end = event_end(facts_);
  std::size_t stamp_size = 0;
  if (facts_.stamp_id) stamp_size = index_ == 0 ? ReplyStamp::kSize : ChunkStamp::kSize;
  append_chunk_size(out, event_start_.size() + kContentStart.size() + stamp_size + text.size() +
                             kContentEnd.size() + kUnfinished.size() + end.size());
  out += event_start_;
  out += kContentStart;
  if (stamp_size != 0) stamp_at_ = out.size();
  out.append(stamp_size, '0');
  out += text;
  out += kContentEnd;
  out += kUnfinished;
  out += end;
  append_chunk_end(out);
}

void ChatStream::append_end(std::string& out) {
  const auto last = facts_.cut ? kCut : kStopped;
  const auto end = event_end(facts_);
  append_chunk_size(
      out, event_start_.size() + last.size() + end.size() + usage_event_.size() + kDone.size());
  out += event_start_;
  out += last;
  out += end;
  out += usage_event_;
  out += kDone;
  append_chunk_end(out);
  if (facts_.chunked) out += "0\r\n\r\n";
}

void ChatStream::append_chunk_size(std::string& out, std::size_t size) const {
  if (!facts_.chunked) return;
  std::array<char, 16> text{};
  const auto [end, ec] = std::to_chars(text.data(), text.data() + text.size(), size, 16);
  out.append(text.data(), static_cast<std::size_t>(end - text.data()));
  out += "\r\n";
}

void ChatStream::append_chunk_end(std::string& out) const {
  if (facts_.chunked) out += "\r\n";
}

void ChatStream::stamp(std::string& out, Nanos sent_ns) const {
  if (stamp_at_ == kNoStamp) return;
  char* const at = out.data() + stamp_at_;
  const std::uint32_t sent_index = index_ - 1;
  if (sent_index == 0) {
    write_stamp(at, ReplyStamp{*facts_.stamp_id, facts_.received_ns, sent_ns});
  } else {
    write_stamp(at, ChunkStamp{sent_index, sent_ns});
  }
}

}  // namespace hopcost::mockserver
