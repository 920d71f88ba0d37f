#include <array>

#include "mockserver/api/body.hpp"
#include "mockserver/api/conversation.hpp"
#include "mockserver/api/limits.hpp"
#include "mockserver/api/messages.hpp"
#include "mockserver/api/piece_text.hpp"

namespace hopcost::mockserver {
namespace {

/// A text or a list of blocks; calls `each(type, block)` for what is no text.
template <class Take, class Each>
void read_content(const BodyValue& content, Take take, Each each) {
  if (content.is_string()) {
    take(content.text());
    return;
  }
  if (!content.is_array()) content.refuse("must be a string or a list of blocks");
  content.for_each([&](const BodyValue& block) {
    const auto type = block.require("type").text();
    if (type == "text") {
      take(block.require("text").text());
    } else {
      each(type, block);
    }
  });
}

/// Only text counts: not images, documents, thinking and the like.
constexpr auto kNoText = [](std::string_view, const BodyValue&) {};

void read_message(const BodyValue& message, Conversation& conversation) {
  const bool of_user = one_of(message.require("role"), {"user", "assistant"}) == 0;
  conversation.begin_message();
  const auto other = [&](std::string_view text) { conversation.other_text(text); };
  const auto own = [&](std::string_view text) {
    if (of_user) {
      conversation.user_text(text);
    } else {
      conversation.other_text(text);
    }
  };
  read_content(message.require("content"), own, [&](std::string_view type, const BodyValue& block) {
    if (type == "tool_use") {
      other(block.require("name").text());
      other(json_line(block.require("input").json()));
    } else if (type == "tool_result") {
      [[maybe_unused]] const auto checked = block.require("tool_use_id").text();
      if (const auto content = block.find("content")) read_content(*content, other, kNoText);
      conversation.tool_result();
    }
  });
}

void read_conversation(const BodyValue& root, Question& question) {
  Conversation conversation(question);
  if (const auto system = root.find("system")) {
    conversation.begin_message();
    read_content(*system, [&](std::string_view text) { conversation.other_text(text); }, kNoText);
  }
  const auto messages = root.require("messages");
  if (messages.array_size() == 0) messages.refuse("must not be empty");
  messages.for_each([&](const BodyValue& message) { read_message(message, conversation); });
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
      const auto name = tool.require("name");
      if (name.text().empty()) name.refuse("must not be empty");
      question.tools.push_back(
          {std::string(name.text()), read_schema(tool.require("input_schema"))});
    });
  }
  const auto choice = root.find("tool_choice");
  if (!choice) return;
  const auto type = choice->require("type");
  constexpr std::array kChoices{ToolChoice::automatic, ToolChoice::required, ToolChoice::named,
                                ToolChoice::none};
  question.tool_choice = kChoices[one_of(type, {"auto", "any", "tool", "none"})];
  if (question.tool_choice == ToolChoice::named) choose_tool(choice->require("name"), question);
  if (question.tool_choice == ToolChoice::required && !tools) {
    choice->refuse("asks for a call, but there are no tools");
  }
  bool one_call = false;
  read_flag(*choice, "disable_parallel_tool_use", one_call);
  question.parallel_tool_calls = !one_call;
}

void read_thinking(const BodyValue& thinking, Question& question) {
  const auto type = one_of(thinking.require("type"), {"disabled", "enabled", "adaptive"});
  question.reasoning = type != 0;
  if (type != 1) return;
  [[maybe_unused]] const auto checked = thinking.require("budget_tokens").whole(1, kMaxTokens);
}

void read_format(const BodyValue& config, Question& question) {
  const auto format = config.find("format");
  if (!format) return;
  [[maybe_unused]] const auto checked = one_of(format->require("type"), {"json_schema"});
  question.format = TextFormat::json_schema;
  question.schema = read_schema(format->require("schema"));
}

Question read(const BodyValue& root) {
  Question question;
  question.dialect = Dialect::messages;
  question.model = root.require("model").text();
  question.max_tokens = static_cast<std::uint32_t>(root.require("max_tokens").whole(1, kMaxTokens));
  read_conversation(root, question);
  if (const auto stop = root.find("stop_sequences")) {
    if (!stop->is_array()) stop->refuse("must be a list of strings");
    read_stop(*stop, question);
  }
  read_flag(root, "stream", question.stream);
  read_tools(root, question);
  if (const auto thinking = root.find("thinking")) read_thinking(*thinking, question);
  if (const auto config = root.find("output_config")) read_format(*config, question);
  check_number(root, "temperature", 0, 1);
  check_number(root, "top_p", 0, 1);
  check_number(root, "top_k", 0, 1e9);
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
