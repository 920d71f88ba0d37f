#include "mockserver/api/block_writer.hpp"
#include "mockserver/api/json_text.hpp"
#include "mockserver/api/response_object.hpp"
#include "mockserver/api/responses.hpp"

namespace hopcost::mockserver {
namespace {

using std::string_view;

class ResponsesWriter final : public BlockWriter {
 public:
  ResponsesWriter(const Question& question, const Answer& answer, const ReplyFacts& facts)
      : BlockWriter(question, answer), object_(question, answer, blocks(), facts) {}

  std::size_t body(std::string& out) override {
    std::size_t stamp_at = kNoStamp;
    object_.append_ended(out, &stamp_at);
    return stamp_at;
  }

  void fail(std::string& out, const ApiError& error) override {
    begin_event(out, "error");
    out += R"(,"code":)";
    append_quoted(out, error.code.empty() ? error.type : error.code);
    out += R"(,"message":)";
    append_quoted(out, error.message);
    out += R"(,"param":)";
    if (error.param.empty()) {
      out += "null";
    } else {
      append_quoted(out, error.param);
    }
    end_event(out);
  }

 protected:
  void open_reply(std::string& out) override {
    sequence_ = 0;
    for (const string_view type : {"response.created", "response.in_progress"}) {
      begin_event(out, type);
      out += R"(,"response":)";
      object_.append_begun(out);
      end_event(out);
    }
  }

  void open_block(std::string& out, std::size_t index) override {
    begin_event(out, "response.output_item.added");
    append_output_index(out, index);
    out += R"(,"item":)";
    object_.append_begun_item(out, index);
    end_event(out);
    if (is_call(index)) return;
    const PartForm& form = object_.form_of(index);
    begin_event(out, form.added);
    append_place(out, index);
    out += R"(,"part":)";
    out += form.part;
    out += R"("})";
    end_event(out);
  }

  void begin_piece(std::string& out, std::size_t index) override {
    begin_event(out, is_call(index) ? string_view("response.function_call_arguments.delta")
                                    : object_.form_of(index).delta);
    append_place(out, index);
    out += R"(,"delta":")";
  }

  void end_piece(std::string& out, std::size_t index) override {
    out += '"';
    if (!is_call(index)) out += object_.form_of(index).after_text;
    end_event(out);
  }

  void close_block(std::string& out, std::size_t index) override {
    if (is_call(index)) {
      begin_event(out, "response.function_call_arguments.done");
      append_place(out, index);
      out += R"(,"name":)";
      append_quoted(out, blocks()[index].call->name);
      out += R"(,"arguments":")";
      object_.append_text(out, index, nullptr);
      out += '"';
      end_event(out);
    } else {
      const PartForm& form = object_.form_of(index);
      begin_event(out, form.text_done);
      append_place(out, index);
      out += R"(,"text":")";
      object_.append_text(out, index, nullptr);
      out += '"';
      out += form.after_text;
      end_event(out);
      begin_event(out, form.done);
      append_place(out, index);
      out += R"(,"part":)";
      object_.append_part(out, index, nullptr);
      end_event(out);
    }
    begin_event(out, "response.output_item.done");
    append_output_index(out, index);
    out += R"(,"item":)";
    object_.append_ended_item(out, index, nullptr);
    end_event(out);
  }

  void close_reply(std::string& out) override {
    begin_event(out, object_.is_cut() ? "response.incomplete" : "response.completed");
    out += R"(,"response":)";
    object_.append_ended(out, nullptr);
    end_event(out);
  }

 private:
  [[nodiscard]] bool is_call(std::size_t index) const {
    return blocks()[index].kind == Block::Kind::call;
  }

  /// Up to the members after `sequence_number`.
  void begin_event(std::string& out, string_view type) {
    out += "event: ";
    out += type;
    out += "\ndata: {\"type\":\"";
    out += type;
    out += R"(","sequence_number":)";
    append_number(out, sequence_++);
  }
  static void end_event(std::string& out) { out += "}\n\n"; }

  static void append_output_index(std::string& out, std::size_t index) {
    out += R"(,"output_index":)";
    append_number(out, index);
  }

  /// Which item, and which part of it.
  void append_place(std::string& out, std::size_t index) const {
    out += R"(,"item_id":)";
    object_.append_item_id(out, index);
    append_output_index(out, index);
    if (is_call(index)) return;
    out += ",\"";
    out += object_.form_of(index).index;
    out += "\":0";
  }

  ResponseObject object_;
  std::uint64_t sequence_ = 0;
};

}  // namespace

std::unique_ptr<ReplyWriter> make_responses_writer(const Question& question, const Answer& answer,
                                                   const ReplyFacts& facts) {
  return std::make_unique<ResponsesWriter>(question, answer, facts);
}

}  // namespace hopcost::mockserver
