#include "mockserver/response_plan.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <nlohmann/json.hpp>

#include "common/stamp.hpp"
#include "common/tokens.hpp"

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

std::size_t digits(std::uint64_t number) {
  std::size_t count = 1;
  while (number >= 10) {
    number /= 10;
    ++count;
  }
  return count;
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

string_view finish_reason(const ReplyFacts& facts) {
  return facts.cut ? string_view("length") : string_view("stop");
}

}  // namespace

string_view connection_line(ConnectionField field) {
  switch (field) {
    case ConnectionField::none:
      return "";
    case ConnectionField::close:
      return "Connection: close\r\n";
    case ConnectionField::keep_alive:
      return "Connection: keep-alive\r\n";
  }
  return "";
}

void append_number(std::string& out, std::uint64_t number) {
  std::array<char, 20> text{};
  const auto [end, ec] = std::to_chars(text.data(), text.data() + text.size(), number);
  out.append(text.data(), static_cast<std::size_t>(end - text.data()));
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

ResponsePlan::ResponsePlan(const Scenario& scenario, string_view model) : model_(model) {
  const std::string name = R"(,"model":)" + quoted(model) + R"(,"choices":)";
  unary_after_created_ = name + R"([{"index":0,"message":{"role":"assistant","content":")";
  stream_after_created_ = name;
  const std::uint32_t prepared = std::min(scenario.output_tokens, kPreparedTokens);
  content_ends_.reserve(prepared);
  for (std::uint32_t i = 0; i < prepared; ++i) {
    content_ += token_text(i);
    content_ends_.push_back(static_cast<std::uint32_t>(content_.size()));
  }
}

std::size_t ResponsePlan::content_size(std::uint32_t tokens) const {
  const auto prepared = static_cast<std::uint32_t>(content_ends_.size());
  if (tokens <= prepared) return content_ends_[tokens - 1];
  std::size_t size = content_.size();
  for (std::uint32_t i = prepared; i < tokens; ++i) size += token_text(i).size();
  return size;
}

void ResponsePlan::append_content(std::string& out, std::uint32_t tokens) const {
  const auto prepared = static_cast<std::uint32_t>(content_ends_.size());
  if (tokens <= prepared) {
    out.append(content_, 0, content_ends_[tokens - 1]);
  } else {
    out += content_;
    append_tokens(out, prepared, tokens - prepared);
  }
}

void ResponsePlan::append_head_fields(std::string& out, const ReplyFacts& facts) const {
  out += "\r\nx-request-id: req_";
  out += view(facts.id);
  out += "\r\nopenai-version: 2020-10-01\r\nopenai-processing-ms: ";
  append_number(out, static_cast<std::uint64_t>(facts.processing_ns / kMillisecond));
  out += "\r\n";
  out += connection_line(facts.connection);
  out += "\r\n";
}

std::size_t ResponsePlan::append_unary(std::string& out, const ReplyFacts& facts) const {
  const auto reason = finish_reason(facts);
  const std::size_t stamp_size = facts.stamp_id ? ReplyStamp::kSize : 0;
  const std::size_t size = kUnaryIdStart.size() + facts.id.size() + kUnaryCreated.size() +
                           facts.created.size() + unary_after_created_.size() + stamp_size +
                           content_size(facts.tokens) + kAfterContent.size() + reason.size() +
                           kUsage.size() + usage_size(facts.prompt_tokens, facts.tokens) + 1;
  out += "HTTP/1.1 200 OK\r\nDate: ";
  out += facts.date;
  out += "\r\nContent-Type: application/json\r\nContent-Length: ";
  append_number(out, size);
  append_head_fields(out, facts);

  out += kUnaryIdStart;
  out += view(facts.id);
  out += kUnaryCreated;
  out += facts.created;
  out += unary_after_created_;
  const std::size_t stamp_at = facts.stamp_id ? out.size() : kNoStamp;
  out.append(stamp_size, '0');
  append_content(out, facts.tokens);
  out += kAfterContent;
  out += reason;
  out += kUsage;
  append_usage(out, facts.prompt_tokens, facts.tokens);
  out += '}';
  return stamp_at;
}

void ResponsePlan::append_stream_head(std::string& out, const ReplyFacts& facts) const {
  out += "HTTP/1.1 200 OK\r\nDate: ";
  out += facts.date;
  out += "\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache";
  if (facts.chunked) out += "\r\nTransfer-Encoding: chunked";
  append_head_fields(out, facts);
}

void ResponsePlan::append_event_start(std::string& out, const ReplyFacts& facts) const {
  out += kEventStart;
  out += view(facts.id);
  out += kEventCreated;
  out += facts.created;
  out += stream_after_created_;
  out += R"([{"index":0,"delta":)";
}

void ResponsePlan::append_usage_event(std::string& out, const ReplyFacts& facts) const {
  out += kEventStart;
  out += view(facts.id);
  out += kEventCreated;
  out += facts.created;
  out += stream_after_created_;
  out += R"([],"usage":)";
  append_usage(out, facts.prompt_tokens, facts.tokens);
  out += "}\n\n";
}

CompiledScenario::CompiledScenario(const Scenario& source) : scenario(source) {
  plans.reserve(scenario.models.size());
  for (const auto& model : scenario.models) plans.emplace_back(scenario, model);
}

const ResponsePlan* CompiledScenario::find(string_view model) const {
  for (const auto& plan : plans) {
    if (plan.model() == model) return &plan;
  }
  return nullptr;
}

}  // namespace hopcost::mockserver
