#include <array>

#include "mockserver/api/body.hpp"
#include "mockserver/api/limits.hpp"
#include "mockserver/api/messages.hpp"
#include "mockserver/api/piece_text.hpp"
#include "mockserver/api/read_common.hpp"

namespace hopcost::mockserver {
namespace {

/// Calls and their results among the blocks of one message; gives whether there were results.
bool read_tool_blocks(const BodyValue& blocks, Question& question) {
  bool results = false;
  blocks.for_each([&](const BodyValue& block) {
    const auto type = block.require("type").text();
    if (type == "tool_use") {
      Content call;
      call.add(block.require("name").text());
      call.add(json_line(block.require("input").json()));
      add_message(question, call, false);
    } else if (type == "tool_result") {
      static_cast<void>(block.require("tool_use_id").text());
      if (const auto content = block.find("content")) {
        add_message(question, read_content(*content), false);
      }
      results = true;
    }
  });
  return results;
}

void read_message(const BodyValue& message, Question& question) {
  const auto role = one_of(message.require("role"), {"user", "assistant", "system"});
  const auto blocks = message.require("content");
  const auto content = read_content(blocks);
  if (role == 2) {  // it instructs, and takes no turn of the conversation
    add_message(question, content, false);
    return;
  }
  question.continues_tool_call = blocks.is_array() && read_tool_blocks(blocks, question);
  // Results alone are no words of the user.
  add_message(question, content,
              role == 0 && !(question.continues_tool_call && content.text.empty()));
}

void read_conversation(const BodyValue& root, Question& question) {
  if (const auto system = root.find("system")) {
    add_message(question, read_content(*system), false);
  }
  const auto messages = root.require("messages");
  if (messages.array_size() == 0) messages.refuse("must not be empty");
  messages.for_each([&](const BodyValue& message) { read_message(message, question); });
}

void read_tools(const BodyValue& root, Question& question) {
  const auto tools = root.find("tools");
  if (tools) {
    if (tools->array_size() > kMaxTools) {
      tools->refuse("must hold at most " + std::to_string(kMaxTools) + " tools");
    }
    tools->for_each([&](const BodyValue& tool) {
      const auto type = tool.find("type");
      if (type && type->text() != "custom") return;  // the server's own
      static_cast<void>(tool.require("input_schema"));
      question.tools.push_back({read_name(tool, "name"), read_schema(tool, "input_schema")});
    });
  }
  const auto choice = root.find("tool_choice");
  if (!choice) return;
  const auto type = choice->require("type");
  constexpr std::array kChoices{ToolChoice::automatic, ToolChoice::required, ToolChoice::named,
                                ToolChoice::none};
  question.tool_choice = kChoices[one_of(type, {"auto", "any", "tool", "none"})];
  if (question.tool_choice == ToolChoice::named) {
    question.tool_name = choice->require("name").text();
  }
  // The server's own tools are tools, too, though they are never called.
  if (question.tool_choice != ToolChoice::required || !tools) check_tool_choice(question);
  question.parallel_tool_calls = !read_flag(*choice, "disable_parallel_tool_use", false);
}

void read_thinking(const BodyValue& thinking, Question& question) {
  // "between_tools" lets a model think aloud between calls, and turns all other thinking off.
  const auto type =
      one_of(thinking.require("type"), {"disabled", "enabled", "adaptive", "between_tools"});
  question.reasoning = type == 1 || type == 2;
  if (type != 1) return;
  static_cast<void>(thinking.require("budget_tokens").whole(1, kMaxTokens));
}

void read_format(const BodyValue& config, Question& question) {
  const auto format = config.find("format");
  if (!format) return;
  static_cast<void>(one_of(format->require("type"), {"json_schema"}));
  question.format = TextFormat::json_schema;
  static_cast<void>(format->require("schema"));
  question.schema = read_schema(*format, "schema");
}

Question read(const BodyValue& root) {
  Question question;
  question.dialect = Dialect::messages;
  question.model = read_model(root);
  question.max_tokens = static_cast<std::uint32_t>(root.require("max_tokens").whole(1, kMaxTokens));
  read_conversation(root, question);
  if (const auto stop = root.find("stop_sequences")) {
    if (!stop->is_array()) stop->refuse("must be a list of strings");
    question.stop = read_stop(root, "stop_sequences");
  }
  question.stream = read_flag(root, "stream", false);
  read_tools(root, question);
  if (const auto thinking = root.find("thinking")) read_thinking(*thinking, question);
  if (const auto config = root.find("output_config")) read_format(*config, question);
  check_sampling(root, 1);
  if (const auto top_k = root.find("top_k")) static_cast<void>(top_k->whole(0, INT32_MAX));
  if (const auto metadata = root.find("metadata")) {
    if (!metadata->is_object()) metadata->refuse("must be an object");
  }
  return question;
}

}  // namespace

std::expected<Question, ApiError> read_messages_question(std::string& body) {
  return read_body(body, read);
}

}  // namespace hopcost::mockserver
