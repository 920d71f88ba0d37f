#include "mockserver/api/prepared_chat.hpp"

#include <nlohmann/json.hpp>

#include "common/stamp.hpp"
#include "common/tokens.hpp"
#include "mockserver/api/digits.hpp"
#include "mockserver/api/reply_writer.hpp"

namespace hopcost::mockserver {
namespace {

using std::string_view;

/// Longer answers take the rest of their text word by word.
constexpr std::uint32_t kPreparedTokens = 4096;

constexpr string_view kUnaryIdStart = R"({"id":"chatcmpl-)";
constexpr string_view kUnaryCreated = R"(","object":"chat.completion","created":)";
constexpr string_view kAfterContent = R"(","refusal":null},"logprobs":null,"finish_reason":")";
constexpr string_view kUsage = R"("}],"usage":)";
constexpr string_view kEventStart = R"(data: {"id":"chatcmpl-)";
constexpr string_view kEventCreated = R"(","object":"chat.completion.chunk","created":)";

std::string quoted(string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

constexpr string_view kPromptTokens = R"({"prompt_tokens":)";
constexpr string_view kCompletionTokens = R"(,"completion_tokens":)";
constexpr string_view kTotalTokens = R"(,"total_tokens":)";
constexpr string_view kTokenDetails =
    R"(,"prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}})";

std::size_t usage_size(std::uint64_t prompt_tokens, std::uint64_t completion_tokens) {
  return kPromptTokens.size() + digits(prompt_tokens) + kCompletionTokens.size() +
         digits(completion_tokens) + kTotalTokens.size() +
         digits(prompt_tokens + completion_tokens) + kTokenDetails.size();
}

void append_usage(std::string& out, std::uint64_t prompt_tokens, std::uint64_t completion_tokens) {
  out += kPromptTokens;
  append_number(out, prompt_tokens);
  out += kCompletionTokens;
  append_number(out, completion_tokens);
  out += kTotalTokens;
  append_number(out, prompt_tokens + completion_tokens);
  out += kTokenDetails;
}

string_view finish_reason(const PlainChatFacts& facts) {
  return facts.cut ? string_view("length") : string_view("stop");
}

}  // namespace

PreparedChat::PreparedChat(string_view model) {
  const std::string name = R"(,"model":)" + quoted(model) + R"(,"choices":)";
  unary_after_created_ = name + R"([{"index":0,"message":{"role":"assistant","content":")";
  stream_after_created_ = name;
  content_ends_.reserve(kPreparedTokens);
  for (std::uint32_t i = 0; i < kPreparedTokens; ++i) {
    content_ += token_text(i);
    content_ends_.push_back(static_cast<std::uint32_t>(content_.size()));
  }
}

std::size_t PreparedChat::content_size(std::uint32_t tokens) const {
  const auto prepared = static_cast<std::uint32_t>(content_ends_.size());
  if (tokens <= prepared) return content_ends_[tokens - 1];
  std::size_t size = content_.size();
  for (std::uint32_t i = prepared; i < tokens; ++i) size += token_text(i).size();
  return size;
}

void PreparedChat::append_content(std::string& out, std::uint32_t tokens) const {
  const auto prepared = static_cast<std::uint32_t>(content_ends_.size());
  if (tokens <= prepared) {
    out.append(content_, 0, content_ends_[tokens - 1]);
  } else {
    out += content_;
    append_tokens(out, prepared, tokens - prepared);
  }
}

std::size_t PreparedChat::body_size(const PlainChatFacts& facts) const {
  return kUnaryIdStart.size() + facts.id.size() + kUnaryCreated.size() + facts.created.size() +
         unary_after_created_.size() + (facts.stamp_id ? ReplyStamp::kSize : 0) +
         content_size(facts.tokens) + kAfterContent.size() + finish_reason(facts).size() +
         kUsage.size() + usage_size(facts.prompt_tokens, facts.tokens) + 1;
}

std::size_t PreparedChat::append_body(std::string& out, const PlainChatFacts& facts) const {
  out += kUnaryIdStart;
  out += facts.id;
  out += kUnaryCreated;
  out += facts.created;
  out += unary_after_created_;
  const std::size_t stamp_at = facts.stamp_id ? out.size() : kNoStamp;
  if (facts.stamp_id) out.append(ReplyStamp::kSize, '0');
  append_content(out, facts.tokens);
  out += kAfterContent;
  out += finish_reason(facts);
  out += kUsage;
  append_usage(out, facts.prompt_tokens, facts.tokens);
  out += '}';
  return stamp_at;
}

void PreparedChat::append_event_head(std::string& out, const PlainChatFacts& facts) const {
  out += kEventStart;
  out += facts.id;
  out += kEventCreated;
  out += facts.created;
  out += stream_after_created_;
}

void PreparedChat::append_event_start(std::string& out, const PlainChatFacts& facts) const {
  append_event_head(out, facts);
  out += R"([{"index":0,"delta":)";
}

void PreparedChat::append_usage_event(std::string& out, const PlainChatFacts& facts) const {
  append_event_head(out, facts);
  out += R"([],"usage":)";
  append_usage(out, facts.prompt_tokens, facts.tokens);
  out += "}\n\n";
}

}  // namespace hopcost::mockserver
