#include "mockserver/api/chat_reader.hpp"

#include <limits>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "mockserver/api/body.hpp"
#include "mockserver/api/limits.hpp"
#include "mockserver/api/read_common.hpp"

namespace hopcost::mockserver {
namespace {

void read_past_call(const BodyValue& call) {
  if (!call.is_object()) call.refuse("must be an object");
  static_cast<void>(call.require("id").text());
  if (const auto type = call.find("type"); type && one_of(*type, {"function", "custom"}) == 1) {
    const auto custom = call.require("custom");
    static_cast<void>(custom.require("name").text());
    static_cast<void>(custom.require("input").text());
    return;
  }
  const auto function = call.require("function");
  static_cast<void>(function.require("name").text());
  static_cast<void>(function.require("arguments").text());
}

void read_message(const BodyValue& message, Question& question) {
  const auto& at = message.path();
  if (!message.is_object()) {
    refuse(at, "A message must be an object with a role and a content.");
  }
  const auto role_value = message.find("role");
  if (role_value && !role_value->is_string()) {
    refuse(at + ".role", "A message's role must be a string.");
  }
  const std::string_view role = role_value ? role_value->text() : std::string_view();
  const bool user = role == "user";
  const bool assistant = role == "assistant";
  const bool result = role == "tool" || role == "function";
  if (!user && !assistant && !result && role != "system" && role != "developer") {
    refuse(at + ".role", "A message's role must be developer, system, user, assistant or tool.");
  }
  Content content;
  if (const auto value = message.find("content")) content = read_content(*value);
  // A turn of the assistant may consist of tool calls alone.
  if (!content.present && !assistant && role != "function") {
    refuse(at + ".content", "A message needs a content: a string or a list of parts.");
  }
  if (role == "tool") static_cast<void>(message.require("tool_call_id").text());
  if (const auto calls = message.find("tool_calls"); calls && assistant) {
    calls->for_each(read_past_call);
  }
  add_message(question, content, user);
  question.continues_tool_call = result;
}

void read_messages(const BodyValue& root, Question& question) {
  const auto messages = root.find("messages");
  if (messages && !messages->is_array()) {
    refuse("messages", "'messages' must be an array of messages.");
  }
  if (messages) {
    messages->for_each([&](const BodyValue& message) { read_message(message, question); });
  }
  if (question.prompts.empty()) refuse("messages", "You must send at least one message.");
}

void read_tool_choice(const BodyValue& choice, Question& question) {
  if (choice.is_object()) {
    if (one_of(choice.require("type"), {"function", "allowed_tools"}) == 0) {
      question.tool_choice = ToolChoice::named;
      question.tool_name = choice.require("function").require("name").text();
      return;
    }
    const auto allowed = choice.require("allowed_tools");
    const bool required = one_of(allowed.require("mode"), {"auto", "required"}) == 1;
    if (required) question.tool_choice = ToolChoice::required;
    std::vector<std::string_view> names;
    allowed.require("tools").for_each([&](const BodyValue& tool) {
      if (tool.require("type").text() != "function") return;
      names.emplace_back(tool.require("function").require("name").text());
    });
    allow_tools(question, names);
  } else if (const auto word = choice.is_string() ? choice.text() : std::string_view();
             word == "none" || word == "auto" || word == "required") {
    question.tool_choice = word == "none"   ? ToolChoice::none
                           : word == "auto" ? ToolChoice::automatic
                                            : ToolChoice::required;
  } else {
    choice.refuse("must be none, auto, required, or an object that names a function");
  }
}

void read_tools(const BodyValue& root, Question& question) {
  for (const char* old : {"functions", "function_call"}) {
    if (root.find(old)) {
      refuse(old, fmt::format("'{}' is not supported: use 'tools' and 'tool_choice'.", old));
    }
  }
  question.parallel_tool_calls = read_flag(root, "parallel_tool_calls", true);
  if (const auto tools = root.find("tools")) {
    if (tools->array_size() > kMaxTools) {
      tools->refuse(fmt::format("must have at most {} tools", kMaxTools));
    }
    tools->for_each([&](const BodyValue& tool) {
      if (one_of(tool.require("type"), {"function", "custom"}) == 1) {
        // Taken, but never called: there is no schema to make up an input from.
        static_cast<void>(read_name(tool.require("custom"), "name"));
        return;
      }
      const auto function = tool.require("function");
      auto name = read_name(function, "name");
      question.tools.push_back({std::move(name), read_schema(function, "parameters")});
    });
  }
  const auto choice = root.find("tool_choice");
  if (!choice) return;
  read_tool_choice(*choice, question);
  check_tool_choice(question);
}

void read_format(const BodyValue& root, Question& question) {
  const auto format = root.find("response_format");
  if (!format) return;
  const auto type = format->require("type");
  if (type.text() == "text") return;
  if (type.text() == "json_object") {
    question.format = TextFormat::json_object;
  } else if (type.text() == "json_schema") {
    question.format = TextFormat::json_schema;
    const auto asked = format->require("json_schema");
    question.schema_name = read_name(asked, "name");
    static_cast<void>(asked.require("schema"));
    question.schema = read_schema(asked, "schema");
  } else {
    type.refuse("must be text, json_object or json_schema");
  }
}

void read_logprobs(const BodyValue& root, Question& question) {
  const bool wanted = read_flag(root, "logprobs", false);
  const auto top = root.find("top_logprobs");
  const std::int64_t alternatives = top ? top->whole(0, kMaxTopLogprobs) : 0;
  if (top && !wanted) {
    refuse("top_logprobs", "'top_logprobs' needs 'logprobs' to be true.");
  }
  if (wanted) question.top_logprobs = static_cast<std::uint32_t>(alternatives);
}

void read_effort(const BodyValue& root, Question& question) {
  const auto effort = root.find("reasoning_effort");
  if (!effort) return;
  question.reasoning =
      one_of(*effort, {"none", "minimal", "low", "medium", "high", "xhigh", "max"}) != 0;
}

void read_stream(const BodyValue& root, Question& question) {
  question.stream = read_flag(root, "stream", false);
  if (const auto options = root.find("stream_options")) {
    // Without a stream they change nothing; some clients send them all the same.
    question.include_usage = read_flag(*options, "include_usage", false);
  }
}

}  // namespace

std::expected<Question, ApiError> read_chat_question(std::string& body) {
  return read_body(body, [](const BodyValue& root) {
    Question question;
    question.dialect = Dialect::chat;
    question.model = read_model(root);
    read_messages(root, question);
    const auto old_limit = read_token_limit(root, "max_tokens");
    const auto limit = read_token_limit(root, "max_completion_tokens");
    question.max_tokens = limit ? limit : old_limit;
    if (const auto n = root.find("n")) {
      question.choices = static_cast<std::uint32_t>(n->whole(1, kMaxChoices));
    }
    if (const auto seed = root.find("seed")) {
      question.seed = seed->whole(std::numeric_limits<std::int64_t>::min(),
                                  std::numeric_limits<std::int64_t>::max());
    }
    read_stream(root, question);
    question.ignore_eos = read_flag(root, "ignore_eos", false);
    question.stop = read_stop(root, "stop");
    read_logprobs(root, question);
    read_tools(root, question);
    read_format(root, question);
    read_effort(root, question);
    check_sampling(root);
    return question;
  });
}

}  // namespace hopcost::mockserver
