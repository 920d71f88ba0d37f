#include <array>
#include <string_view>
#include <vector>

#include "mockserver/api/body.hpp"
#include "mockserver/api/limits.hpp"
#include "mockserver/api/read_common.hpp"
#include "mockserver/api/responses.hpp"

namespace hopcost::mockserver {
namespace {

using nlohmann::ordered_json;

void read_item(const BodyValue& item, Question& question) {
  const auto type = item.find("type");
  const auto name = type ? type->text() : std::string_view("message");
  if (name == "message") {
    const auto role = one_of(item.require("role"), {"user", "assistant", "system", "developer"});
    add_message(question, read_content(item.require("content")), role == 0);
    question.continues_tool_call = false;
  } else if (name == "function_call") {
    static_cast<void>(item.require("call_id").text());
    Content call;
    call.add(item.require("name").text());
    call.add(item.require("arguments").text());
    add_message(question, call, false);
    question.continues_tool_call = false;
  } else if (name == "function_call_output") {
    static_cast<void>(item.require("call_id").text());
    add_message(question, read_content(item.require("output")), false);
    question.continues_tool_call = true;
  }
  // Reasoning, references and the items of built-in tools have no text of the conversation.
}

void read_input(const BodyValue& root, Question& question) {
  if (const auto instructions = root.find("instructions")) {
    add_message(question, read_content(*instructions), false);
    question.settings["instructions"] = instructions->text();
  }
  const auto input = root.require("input");
  if (input.is_string()) {
    add_message(question, read_content(input), true);
    return;
  }
  if (!input.is_array()) input.refuse("must be a string or a list of items");
  if (input.array_size() == 0) input.refuse("must not be empty");
  input.for_each([&](const BodyValue& item) { read_item(item, question); });
  if (question.prompts.empty()) question.prompts.emplace_back();
}

ordered_json read_function(const BodyValue& tool, Question& question) {
  Tool function{read_name(tool, "name"), read_schema(tool, "parameters")};
  const bool strict = read_flag(tool, "strict", true);
  ordered_json shown{{"type", "function"},
                     {"name", function.name},
                     {"description", nullptr},
                     {"parameters", function.parameters},
                     {"strict", strict}};
  if (const auto text = tool.find("description")) shown["description"] = text->text();
  question.tools.push_back(std::move(function));
  return shown;
}

void read_tools(const BodyValue& root, Question& question) {
  if (const auto tools = root.find("tools")) {
    if (tools->array_size() > kMaxTools) {
      tools->refuse("must hold at most " + std::to_string(kMaxTools) + " tools");
    }
    auto shown = ordered_json::array();
    tools->for_each([&](const BodyValue& tool) {
      const bool is_function = tool.require("type").text() == "function";
      shown.push_back(is_function ? read_function(tool, question) : tool.json());
    });
    question.settings["tools"] = std::move(shown);
  }
  if (const auto choice = root.find("tool_choice")) {
    question.settings["tool_choice"] = choice->json();
    if (choice->is_string()) {
      constexpr std::array kChoices{ToolChoice::none, ToolChoice::automatic, ToolChoice::required};
      question.tool_choice = kChoices[one_of(*choice, {"none", "auto", "required"})];
    } else {
      const auto type = choice->require("type").text();
      if (type == "function") {
        question.tool_choice = ToolChoice::named;
        question.tool_name = choice->require("name").text();
      }
      if (type == "allowed_tools") {
        const bool required = one_of(choice->require("mode"), {"auto", "required"}) == 1;
        if (required) question.tool_choice = ToolChoice::required;
        std::vector<std::string_view> names;
        choice->require("tools").for_each([&](const BodyValue& tool) {
          if (tool.require("type").text() != "function") return;
          names.emplace_back(tool.require("name").text());
        });
        allow_tools(question, names);
      }
    }
    // Built-in tools are tools, too, though they are never called.
    if (question.tool_choice != ToolChoice::required || !root.find("tools")) {
      check_tool_choice(question);
    }
  }
  question.parallel_tool_calls = read_flag(root, "parallel_tool_calls", true);
  question.settings["parallel_tool_calls"] = question.parallel_tool_calls;
}

void read_format(const BodyValue& text, Question& question) {
  auto& shown = question.settings["text"];
  shown = {{"format", {{"type", "text"}}}};
  if (const auto verbosity = text.find("verbosity")) {
    static_cast<void>(one_of(*verbosity, {"low", "medium", "high"}));
    shown["verbosity"] = verbosity->text();
  }
  const auto format = text.find("format");
  if (!format) return;
  constexpr std::array kFormats{TextFormat::free, TextFormat::json_object, TextFormat::json_schema};
  const auto type = format->require("type");
  question.format = kFormats[one_of(type, {"text", "json_object", "json_schema"})];
  shown["format"] = {{"type", type.text()}};
  if (question.format != TextFormat::json_schema) return;
  question.schema_name = format->require("name").text();
  static_cast<void>(format->require("schema"));
  question.schema = read_schema(*format, "schema");
  const bool strict = read_flag(*format, "strict", false);
  shown["format"].update(
      {{"name", question.schema_name}, {"schema", question.schema}, {"strict", strict}});
  if (const auto words = format->find("description")) {
    shown["format"]["description"] = words->text();
  }
}

void read_reasoning(const BodyValue& reasoning, Question& question) {
  ordered_json shown{{"effort", nullptr}, {"summary", nullptr}};
  if (const auto effort = reasoning.find("effort")) {
    question.reasoning =
        one_of(*effort, {"none", "minimal", "low", "medium", "high", "xhigh", "max"}) != 0;
    shown["effort"] = effort->text();
  }
  if (const auto summary = reasoning.find("summary")) {
    static_cast<void>(one_of(*summary, {"auto", "concise", "detailed"}));
    shown["summary"] = summary->text();
  }
  question.settings["reasoning"] = std::move(shown);
}

void show_text(const BodyValue& root, std::string_view key, Question& question) {
  if (const auto text = root.find(key)) question.settings[std::string(key)] = text->text();
}

/// Settings that change nothing here, but are shown again.
void read_shown(const BodyValue& root, Question& question) {
  auto& settings = question.settings;
  if (const auto metadata = root.find("metadata")) {
    if (!metadata->is_object()) metadata->refuse("must be an object");
    settings["metadata"] = metadata->json();
    for (const auto& value : settings["metadata"]) {
      if (!value.is_string()) metadata->refuse("must hold strings only");
    }
  }
  if (const auto temperature = root.find("temperature")) {
    settings["temperature"] = temperature->number(0, 2);
  }
  if (const auto top_p = root.find("top_p")) settings["top_p"] = top_p->number(0, 1);
  if (const auto store = root.find("store")) settings["store"] = store->flag();
  if (const auto top = root.find("top_logprobs")) {
    settings["top_logprobs"] = top->whole(0, kMaxTopLogprobs);
  }
  if (const auto calls = root.find("max_tool_calls")) {
    settings["max_tool_calls"] = calls->whole(1, kMaxTools);
  }
  if (const auto truncation = root.find("truncation")) {
    static_cast<void>(one_of(*truncation, {"auto", "disabled"}));
    settings["truncation"] = truncation->text();
  }
  show_text(root, "previous_response_id", question);
  show_text(root, "user", question);
}

Question read(const BodyValue& root) {
  Question question;
  question.dialect = Dialect::responses;
  question.settings = ordered_json::object();
  question.model = read_model(root);
  read_input(root, question);
  question.max_tokens = read_token_limit(root, "max_output_tokens");
  if (question.max_tokens) question.settings["max_output_tokens"] = *question.max_tokens;
  question.stream = read_flag(root, "stream", false);
  question.ignore_eos = read_flag(root, "ignore_eos", false);
  question.seed = read_seed(root);
  read_tools(root, question);
  if (const auto text = root.find("text")) read_format(*text, question);
  if (const auto reasoning = root.find("reasoning")) read_reasoning(*reasoning, question);
  read_shown(root, question);
  return question;
}

}  // namespace

std::expected<Question, ApiError> read_responses_question(std::string& body) {
  return read_body(body, read);
}

}  // namespace hopcost::mockserver
