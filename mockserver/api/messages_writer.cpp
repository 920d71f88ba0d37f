#include "mockserver/api/block_writer.hpp"
#include "mockserver/api/json_text.hpp"
#include "mockserver/api/messages.hpp"
#include "mockserver/api/piece_text.hpp"

namespace hopcost::mockserver {
namespace {

using std::string_view;

string_view error_type(int status) {
  switch (status) {
    case 401:
      return "authentication_error";
    case 402:
      return "billing_error";
    case 403:
      return "permission_error";
    case 404:
      return "not_found_error";
    case 413:
      return "request_too_large";
    case 429:
      return "rate_limit_error";
    case 504:
      return "timeout_error";
    case 529:
      return "overloaded_error";
    default:
      return status >= 500 ? "api_error" : "invalid_request_error";
  }
}

class MessagesWriter final : public BlockWriter {
 public:
  MessagesWriter(const Question& question, const Answer& answer, const ReplyFacts& facts)
      : BlockWriter(question, answer), id_(facts.id) {
    head_ = R"({"id":"msg_)";
    head_ += facts.id;
    head_ += R"(","type":"message","role":"assistant","model":)";
    append_quoted(head_, facts.model);
    head_ += R"(,"content":[)";
  }

  std::size_t body(std::string& out) override {
    std::size_t stamp_at = kNoStamp;
    out += head_;
    for (std::size_t i = 0; i < blocks().size(); ++i) {
      if (i != 0) out += ',';
      append_whole_block(out, blocks()[i], stamp_at);
    }
    out += "],";
    append_stop(out);
    out += R"(,"usage":)";
    append_usage(out, true);
    out += '}';
    return stamp_at;
  }

  void fail(std::string& out, const ApiError& error) override {
    out += "event: error\ndata: ";
    out += messages_error_body(error);
    out += "\n\n";
  }

 protected:
  void open_reply(std::string& out) override {
    begin_event(out, "message_start");
    out += R"(,"message":)";
    out += head_;
    out += R"(],"stop_reason":null,"stop_sequence":null,"usage":)";
    append_usage(out, false);
    out += '}';
    end_event(out);
  }

  void open_block(std::string& out, std::size_t index) override {
    const Block& block = blocks()[index];
    begin_event(out, "content_block_start");
    append_index(out, index);
    out += R"(,"content_block":)";
    switch (block.kind) {
      case Block::Kind::reasoning:
        out += R"({"type":"thinking","thinking":"","signature":""})";
        break;
      case Block::Kind::text:
        out += R"({"type":"text","text":""})";
        break;
      case Block::Kind::call:
        append_call_start(out, *block.call);
        out += "{}}";
        break;
    }
    end_event(out);
    if (index == 0) {
      begin_event(out, "ping");
      end_event(out);
    }
  }

  void begin_piece(std::string& out, std::size_t index) override {
    begin_delta(out, index);
    switch (blocks()[index].kind) {
      case Block::Kind::reasoning:
        out += R"({"type":"thinking_delta","thinking":")";
        break;
      case Block::Kind::text:
        out += R"({"type":"text_delta","text":")";
        break;
      case Block::Kind::call:
        out += R"({"type":"input_json_delta","partial_json":")";
        break;
    }
  }

  void end_piece(std::string& out, std::size_t /*index*/) override {
    out += R"("})";
    end_event(out);
  }

  void close_block(std::string& out, std::size_t index) override {
    if (blocks()[index].kind == Block::Kind::reasoning) {
      begin_delta(out, index);
      out += R"({"type":"signature_delta","signature":")";
      append_signature(out);
      out += R"("})";
      end_event(out);
    }
    begin_event(out, "content_block_stop");
    append_index(out, index);
    end_event(out);
  }

  void close_reply(std::string& out) override {
    begin_event(out, "message_delta");
    out += R"(,"delta":{)";
    append_stop(out);
    out += R"(},"usage":)";
    append_usage(out, true);
    end_event(out);
    begin_event(out, "message_stop");
    end_event(out);
  }

 private:
  static void begin_event(std::string& out, string_view type) {
    out += "event: ";
    out += type;
    out += "\ndata: {\"type\":\"";
    out += type;
    out += '"';
  }
  static void end_event(std::string& out) { out += "}\n\n"; }
  static void append_index(std::string& out, std::size_t index) {
    out += R"(,"index":)";
    append_number(out, index);
  }
  static void begin_delta(std::string& out, std::size_t index) {
    begin_event(out, "content_block_delta");
    append_index(out, index);
    out += R"(,"delta":)";
  }

  /// Opaque to clients, who send it back: any base64 will do.
  void append_signature(std::string& out) const {
    out += id_;
    out += id_;
  }

  static void append_call_start(std::string& out, const ToolCall& call) {
    constexpr string_view kCallPrefix = "call_";
    string_view id = call.id;
    if (id.starts_with(kCallPrefix)) id.remove_prefix(kCallPrefix.size());
    out += R"({"type":"tool_use","id":"toolu_)";
    append_escaped(out, id);
    out += R"(","name":)";
    append_quoted(out, call.name);
    out += R"(,"input":)";
  }

  void append_whole_block(std::string& out, const Block& block, std::size_t& stamp_at) const {
    switch (block.kind) {
      case Block::Kind::reasoning:
        out += R"({"type":"thinking","thinking":")";
        append_block(out, question(), block, &stamp_at);
        out += R"(","signature":")";
        append_signature(out);
        out += R"("})";
        break;
      case Block::Kind::text:
        out += R"({"type":"text","text":")";
        append_block(out, question(), block, &stamp_at);
        out += R"("})";
        break;
      case Block::Kind::call: {
        append_call_start(out, *block.call);
        // The one place where the arguments are JSON, not a text; those cut short are none.
        const auto input = nlohmann::ordered_json::parse(block.tokens->str(), nullptr, false);
        out += input.is_object() ? json_line(input) : "{}";
        out += '}';
        break;
      }
    }
  }

  void append_stop(std::string& out) const {
    out += R"("stop_reason":)";
    switch (choice().finish) {
      case Finish::length:
        out += R"("max_tokens")";
        break;
      case Finish::tool_calls:
        out += R"("tool_use")";
        break;
      case Finish::stop:
        out += stopped() ? string_view(R"("stop_sequence")") : string_view(R"("end_turn")");
        break;
    }
    out += R"(,"stop_sequence":)";
    if (stopped()) {
      append_quoted(out, choice().stop_sequence);
    } else {
      out += "null";
    }
  }
  [[nodiscard]] bool stopped() const {
    return choice().finish == Finish::stop && !choice().stop_sequence.empty();
  }

  /// Before the end nothing was put out.
  void append_usage(std::string& out, bool at_end) const {
    out += R"({"input_tokens":)";
    append_number(out, answer().prompt_tokens - answer().cached_tokens);
    out += R"(,"cache_creation_input_tokens":0,"cache_read_input_tokens":)";
    append_number(out, answer().cached_tokens);
    out += R"(,"output_tokens":)";
    append_number(out, at_end ? answer().completion_tokens : 0);
    if (at_end) {
      out += R"(,"output_tokens_details":{"thinking_tokens":)";
      append_number(out, answer().reasoning_tokens);
      out += '}';
    }
    out += '}';
  }

  std::string id_;
  std::string head_;  ///< from the message's start into its content
};

}  // namespace

std::unique_ptr<ReplyWriter> make_messages_writer(const Question& question, const Answer& answer,
                                                  const ReplyFacts& facts) {
  return std::make_unique<MessagesWriter>(question, answer, facts);
}

std::string messages_error_body(const ApiError& error) {
  std::string out = R"({"type":"error","error":{"type":")";
  out += error_type(error.status);
  out += R"(","message":)";
  append_quoted(out, error.message);
  out += "}}";
  return out;
}

}  // namespace hopcost::mockserver
