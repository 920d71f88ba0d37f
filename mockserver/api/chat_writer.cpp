#include "mockserver/api/chat_writer.hpp"

#include <algorithm>

#include "common/stamp.hpp"
#include "mockserver/api/chat_logprobs.hpp"
#include "mockserver/api/digits.hpp"
#include "mockserver/api/json_text.hpp"
#include "mockserver/api/usage.hpp"

namespace hopcost::mockserver {
namespace {

using std::string_view;

constexpr string_view kUnfinished = R"(,"logprobs":null,"finish_reason":null}])";

string_view finish_name(Finish finish) {
  switch (finish) {
    case Finish::stop:
      return "stop";
    case Finish::length:
      return "length";
    case Finish::tool_calls:
      return "tool_calls";
  }
  return "stop";
}

class ChatWriter final : public ReplyWriter {
 public:
  ChatWriter(const Question& question, const Answer& answer, const ReplyFacts& facts)
      : question_(question), answer_(answer), facts_(facts) {
    chunk_start_ = "data: ";
    append_head(chunk_start_, "chat.completion.chunk");
    // With usage asked for, every event but the last says that it has none.
    event_end_ = question.include_usage ? ",\"usage\":null}\n\n" : "}\n\n";
  }

  std::size_t body(std::string& out) override {
    std::size_t stamp_at = kNoStamp;
    append_head(out, "chat.completion");
    for (std::size_t i = 0; i < answer_.choices.size(); ++i) {
      if (i > 0) out += ',';
      out += R"({"index":)";
      append_number(out, i);
      append_message(out, i, stamp_at);
      out += R"(,"finish_reason":")";
      out += finish_name(answer_.choices[i].finish);
      out += R"("})";
    }
    out += R"(],"usage":)";
    append_usage(out, answer_);
    out += '}';
    return stamp_at;
  }

  void open(std::string& out) override {
    for (std::size_t i = 0; i < answer_.choices.size(); ++i) {
      begin_event(out, i);
      out += answer_.choices[i].calls.empty() ? R"({"role":"assistant","content":""})"
                                              : R"({"role":"assistant","content":null})";
      end_event(out);
    }
  }

  std::size_t piece(std::string& out, std::uint32_t begin, std::uint32_t end) override {
    std::size_t stamp_at = kNoStamp;
    for (std::size_t i = 0; i < answer_.choices.size(); ++i) {
      const Choice& choice = answer_.choices[i];
      std::uint32_t start = 0;  // of the text at hand, among all tokens of the choice
      const auto each = [&](const TokenText& text, auto write) {
        const std::uint32_t from = std::max(begin, start);
        const std::uint32_t to = std::min(end, start + text.size());
        if (from < to) write(from - start, to - start);
        start += text.size();
      };
      each(choice.reasoning, [&](std::uint32_t from, std::uint32_t to) {
        begin_event(out, i);
        out += R"({"reasoning_content":")";
        append_text(out, choice.reasoning, from, to);
        out += R"("})";
        end_event(out);
      });
      each(choice.content, [&](std::uint32_t from, std::uint32_t to) {
        append_content_event(out, i, from, to, stamp_at);
      });
      for (std::size_t call = 0; call < choice.calls.size(); ++call) {
        each(choice.calls[call].arguments, [&](std::uint32_t from, std::uint32_t to) {
          append_call_events(out, i, call, from, to);
        });
      }
    }
    return stamp_at;
  }

  void close(std::string& out, bool terminator) override {
    for (std::size_t i = 0; i < answer_.choices.size(); ++i) {
      begin_event(out, i);
      out += R"({},"logprobs":null,"finish_reason":")";
      out += finish_name(answer_.choices[i].finish);
      out += R"("}])";
      out += event_end_;
    }
    if (question_.include_usage) {
      out += chunk_start_;
      out += R"(],"usage":)";
      append_usage(out, answer_);
      out += "}\n\n";
    }
    if (terminator) out += "data: [DONE]\n\n";
  }

  void fail(std::string& out, const ApiError& error) override {
    out += "data: ";
    out += error.body();
    out += "\n\n";
  }

 private:
  /// Up to and with the bracket of the choices.
  void append_head(std::string& out, string_view object) const {
    out += R"({"id":"chatcmpl-)";
    out += facts_.id;
    out += R"(","object":")";
    out += object;
    out += R"(","created":)";
    out += facts_.created;
    out += R"(,"model":)";
    append_quoted(out, facts_.model);
    out += R"(,"choices":[)";
  }

  void begin_event(std::string& out, std::size_t choice) const {
    out += chunk_start_;
    out += R"({"index":)";
    append_number(out, choice);
    out += R"(,"delta":)";
  }

  void end_event(std::string& out) const {
    out += kUnfinished;
    out += event_end_;
  }

  void append_text(std::string& out, const TokenText& text, std::uint32_t from, std::uint32_t to) {
    if (text.is_words()) {  // which need no escapes
      text.append(out, from, to);
      return;
    }
    scratch_.clear();
    text.append(scratch_, from, to);
    append_escaped(out, scratch_);
  }

  void append_content_event(std::string& out, std::size_t i, std::uint32_t from, std::uint32_t to,
                            std::size_t& stamp_at) {
    const TokenText& content = answer_.choices[i].content;
    begin_event(out, i);
    out += R"({"content":")";
    if (i == 0 && question_.stamp_id) {
      stamp_at = out.size();
      out.append(from == 0 ? ReplyStamp::kSize : ChunkStamp::kSize, '0');
    }
    append_text(out, content, from, to);
    out += R"("})";
    if (!question_.top_logprobs) {
      end_event(out);
      return;
    }
    out += R"(,"logprobs":)";
    append_chat_logprobs(out, content, from, to, *question_.top_logprobs);
    out += R"(,"finish_reason":null}])";
    out += event_end_;
  }

  void append_call_events(std::string& out, std::size_t i, std::size_t call, std::uint32_t from,
                          std::uint32_t to) {
    const ToolCall& tool = answer_.choices[i].calls[call];
    if (from == 0) {
      begin_event(out, i);
      out += R"({"tool_calls":[{"index":)";
      append_number(out, call);
      out += ',';
      append_call_start(out, tool);
      out += R"("}}]})";
      end_event(out);
    }
    begin_event(out, i);
    out += R"({"tool_calls":[{"index":)";
    append_number(out, call);
    out += R"(,"function":{"arguments":")";
    append_text(out, tool.arguments, from, to);
    out += R"("}}]})";
    end_event(out);
  }

  /// Up to and with the quote that opens the arguments.
  static void append_call_start(std::string& out, const ToolCall& tool) {
    out += R"("id":)";
    append_quoted(out, tool.id);
    out += R"(,"type":"function","function":{"name":)";
    append_quoted(out, tool.name);
    out += R"(,"arguments":")";
  }

  /// The message and the log probabilities of a choice.
  void append_message(std::string& out, std::size_t i, std::size_t& stamp_at) {
    const Choice& choice = answer_.choices[i];
    out += R"(,"message":{"role":"assistant","content":)";
    if (choice.calls.empty()) {
      out += '"';
      if (i == 0 && question_.stamp_id && !choice.content.empty()) {
        stamp_at = out.size();
        out.append(ReplyStamp::kSize, '0');
      }
      append_text(out, choice.content, 0, choice.content.size());
      out += '"';
    } else {
      out += "null";
    }
    out += R"(,"refusal":null)";
    if (!choice.reasoning.empty()) {
      out += R"(,"reasoning_content":")";
      append_text(out, choice.reasoning, 0, choice.reasoning.size());
      out += '"';
    }
    string_view before = R"(,"tool_calls":[{)";
    for (const auto& call : choice.calls) {
      out += before;
      append_call_start(out, call);
      append_text(out, call.arguments, 0, call.arguments.size());
      out += R"("}})";
      before = ",{";
    }
    if (!choice.calls.empty()) out += ']';
    out += R"(},"logprobs":)";
    if (question_.top_logprobs && choice.calls.empty()) {
      append_chat_logprobs(out, choice.content, 0, choice.content.size(), *question_.top_logprobs);
    } else {
      out += "null";
    }
  }

  const Question& question_;
  const Answer& answer_;
  const ReplyFacts& facts_;
  std::string chunk_start_;  ///< every event up to its first choice
  string_view event_end_;
  std::string scratch_;
};

}  // namespace

std::unique_ptr<ReplyWriter> make_chat_writer(const Question& question, const Answer& answer,
                                              const ReplyFacts& facts) {
  return std::make_unique<ChatWriter>(question, answer, facts);
}

}  // namespace hopcost::mockserver
