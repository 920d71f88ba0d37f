#include "mockserver/api/response_object.hpp"

#include "mockserver/api/json_text.hpp"
#include "mockserver/api/piece_text.hpp"

namespace hopcost::mockserver {
namespace {

using nlohmann::ordered_json;
using std::string_view;

constexpr PartForm kText{
    "response.content_part.added",
    "response.output_text.delta",
    "response.output_text.done",
    "response.content_part.done",
    "content_index",
    R"({"type":"output_text","annotations":[],"logprobs":[],"text":")",
    R"(,"logprobs":[])",
};
constexpr PartForm kReasoningText{
    "response.content_part.added",
    "response.reasoning_text.delta",
    "response.reasoning_text.done",
    "response.content_part.done",
    "content_index",
    R"({"type":"reasoning_text","text":")",
    "",
};
constexpr PartForm kSummary{
    "response.reasoning_summary_part.added",
    "response.reasoning_summary_text.delta",
    "response.reasoning_summary_text.done",
    "response.reasoning_summary_part.done",
    "summary_index",
    R"({"type":"summary_text","text":")",
    "",
};

/// What a reply shows of settings nobody gave.
ordered_json default_settings() {
  return {{"instructions", nullptr},
          {"max_output_tokens", nullptr},
          {"max_tool_calls", nullptr},
          {"metadata", ordered_json::object()},
          {"parallel_tool_calls", true},
          {"previous_response_id", nullptr},
          {"reasoning", {{"effort", nullptr}, {"summary", nullptr}}},
          {"service_tier", "default"},
          {"store", true},
          {"temperature", 1.0},
          {"text", {{"format", {{"type", "text"}}}}},
          {"tool_choice", "auto"},
          {"tools", ordered_json::array()},
          {"top_logprobs", 0},
          {"top_p", 1.0},
          {"truncation", "disabled"},
          {"user", nullptr}};
}

bool wants_summary(const ordered_json& settings) {
  return !settings["reasoning"].value("summary", ordered_json()).is_null();
}

}  // namespace

ResponseObject::ResponseObject(const Question& question, const Answer& answer,
                               const std::vector<Block>& blocks, const ReplyFacts& facts)
    : question_(&question), answer_(&answer), blocks_(&blocks), id_(facts.id) {
  ordered_json settings = default_settings();
  if (question.settings.is_object()) settings.update(question.settings);
  summary_ = wants_summary(settings);
  head_ = R"({"id":"resp_)";
  head_ += facts.id;
  head_ += R"(","object":"response","created_at":)";
  head_ += facts.created;
  head_ += R"(,"background":false,"error":null,"model":)";
  append_quoted(head_, facts.model);
  const std::string members = json_line(settings);
  head_ += ',';
  head_.append(members, 1, members.size() - 2);
}

const PartForm& ResponseObject::form_of(std::size_t index) const {
  if ((*blocks_)[index].kind == Block::Kind::text) return kText;
  return summary_ ? kSummary : kReasoningText;
}

void ResponseObject::append_begun(std::string& out) const {
  out += head_;
  out += R"(,"status":"in_progress","incomplete_details":null,"output":[],"usage":null})";
}

void ResponseObject::append_ended(std::string& out, std::size_t* stamp_at) const {
  out += head_;
  if (is_cut()) {
    out += R"(,"status":"incomplete","incomplete_details":{"reason":"max_output_tokens"})";
  } else {
    out += R"(,"status":"completed","incomplete_details":null)";
  }
  out += R"(,"output":[)";
  for (std::size_t i = 0; i < blocks_->size(); ++i) {
    if (i != 0) out += ',';
    append_ended_item(out, i, stamp_at);
  }
  out += R"(],"usage":)";
  append_usage(out);
  out += '}';
}

void ResponseObject::append_begun_item(std::string& out, std::size_t index) const {
  append_item(out, index, "in_progress", false, nullptr);
}

void ResponseObject::append_ended_item(std::string& out, std::size_t index,
                                       std::size_t* stamp_at) const {
  // Only the last item can have been cut.
  const bool cut = is_cut() && index + 1 == blocks_->size();
  append_item(out, index, cut ? "incomplete" : "completed", true, stamp_at);
}

void ResponseObject::append_item_id(std::string& out, std::size_t index) const {
  const auto kind = (*blocks_)[index].kind;
  out += '"';
  switch (kind) {
    case Block::Kind::reasoning:
      out += "rs_";
      break;
    case Block::Kind::text:
      out += "msg_";
      break;
    case Block::Kind::call:
      out += "fc_";
      break;
  }
  out += id_;
  if (kind == Block::Kind::call) {  // of which there may be several
    out += '_';
    append_number(out, index);
  }
  out += '"';
}

void ResponseObject::append_part(std::string& out, std::size_t index, std::size_t* stamp_at) const {
  out += form_of(index).part;
  append_text(out, index, stamp_at);
  out += R"("})";
}

void ResponseObject::append_text(std::string& out, std::size_t index, std::size_t* stamp_at) const {
  append_block(out, *question_, (*blocks_)[index], stamp_at);
}

void ResponseObject::append_item(std::string& out, std::size_t index, string_view status,
                                 bool whole, std::size_t* stamp_at) const {
  const Block& block = (*blocks_)[index];
  out += R"({"id":)";
  append_item_id(out, index);
  switch (block.kind) {
    case Block::Kind::reasoning:
      out += summary_ ? string_view(R"(,"type":"reasoning","summary":[)")
                      : string_view(R"(,"type":"reasoning","summary":[],"content":[)");
      if (whole) append_part(out, index, stamp_at);
      out += ']';
      break;
    case Block::Kind::text:
      out += R"(,"type":"message","role":"assistant","content":[)";
      if (whole) append_part(out, index, stamp_at);
      out += ']';
      break;
    case Block::Kind::call:
      out += R"(,"type":"function_call","call_id":)";
      append_quoted(out, block.call->id);
      out += R"(,"name":)";
      append_quoted(out, block.call->name);
      out += R"(,"arguments":")";
      if (whole) append_text(out, index, stamp_at);
      out += '"';
      break;
  }
  out += R"(,"status":")";
  out += status;
  out += R"("})";
}

void ResponseObject::append_usage(std::string& out) const {
  out += R"({"input_tokens":)";
  append_number(out, answer_->prompt_tokens);
  out += R"(,"input_tokens_details":{"cached_tokens":)";
  append_number(out, answer_->cached_tokens);
  out += R"(,"cache_write_tokens":0},"output_tokens":)";
  append_number(out, answer_->completion_tokens);
  out += R"(,"output_tokens_details":{"reasoning_tokens":)";
  append_number(out, answer_->reasoning_tokens);
  out += R"(},"total_tokens":)";
  append_number(out, answer_->prompt_tokens + answer_->completion_tokens);
  out += '}';
}

}  // namespace hopcost::mockserver
