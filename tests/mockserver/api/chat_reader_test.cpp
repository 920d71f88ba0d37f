#include "mockserver/api/chat_reader.hpp"

#include "common/stamp.hpp"
#include "mockserver/api/chat_peek.hpp"
#include "mockserver/api/limits.hpp"
#include "tests/catch.hpp"

namespace hopcost::mockserver {
namespace {

using json = nlohmann::ordered_json;

auto read(std::string text) {
  return read_chat_question(text);
}

json body_with(const json& extra) {
  json body = {{"model", "m"}, {"messages", {{{"role", "user"}, {"content", "one two"}}}}};
  if (!extra.is_null()) body.update(extra);
  return body;
}

Question question_of(const json& extra) {
  const auto question = read(body_with(extra).dump());
  if (!question) FAIL(question.error().message);
  return *question;
}

/// The refused parameter, or "accepted". `extra` is JSON text.
std::string param_of(const char* extra) {
  const auto question = read(body_with(json::parse(extra)).dump());
  if (!question) {
    CHECK(question.error().status == 400);
    CHECK_FALSE(question.error().message.empty());
  }
  return question ? "accepted" : question.error().param;
}

std::string stamp_text(std::uint32_t id) {
  std::string text(RequestStamp::kSize, ' ');
  write_stamp(text.data(), RequestStamp{id, 5});
  return text;
}

TEST_CASE("a small question has the API's defaults") {
  const auto question = question_of({});
  CHECK(question.dialect == Dialect::chat);
  CHECK(question.model == "m");
  CHECK(question.prompts == std::vector<std::string>{"one two"});
  CHECK(question.prompt_tokens == 2);
  CHECK(question.last_user_text == "one two");
  CHECK_FALSE(question.max_tokens);
  CHECK_FALSE(question.seed);
  CHECK_FALSE(question.top_logprobs);
  CHECK_FALSE(question.stream);
  CHECK(question.choices == 1);
  CHECK(question.tool_choice == ToolChoice::automatic);
  CHECK(question.parallel_tool_calls);
  CHECK(question.format == TextFormat::free);
  CHECK_FALSE(question.reasoning);
}

TEST_CASE("every knob of a chat question is read") {
  const auto question = question_of(json::parse(R"({
    "n": 3, "seed": -5, "stream": true, "stream_options": {"include_usage": true},
    "max_tokens": 9, "max_completion_tokens": 4, "ignore_eos": true, "stop": ["a", "b"],
    "logprobs": true, "top_logprobs": 20, "reasoning_effort": "low", "temperature": 2,
    "top_p": 1, "presence_penalty": -2, "frequency_penalty": 2, "parallel_tool_calls": false,
    "tools": [{"type": "function", "function": {"name": "get_it", "strict": true, "parameters":
      {"type": "object", "properties": {"b": {}, "a": {}}}}}],
    "tool_choice": {"type": "function", "function": {"name": "get_it"}},
    "response_format": {"type": "json_schema", "json_schema":
      {"name": "out", "schema": {"type": "object"}, "strict": true}},
    "user": "x", "metadata": {"deep": [1, 2, {"a": null}]}, "logit_bias": {"5": 1}})"));
  CHECK(question.choices == 3);
  CHECK(question.seed == -5);
  CHECK(question.stream);
  CHECK(question.include_usage);
  CHECK(question.max_tokens == 4U);
  CHECK(question.ignore_eos);
  CHECK(question.stop == std::vector<std::string>{"a", "b"});
  CHECK(question.top_logprobs == 20U);
  CHECK(question.reasoning);
  REQUIRE(question.tools.size() == 1);
  CHECK(question.tools[0].name == "get_it");
  CHECK(question.tools[0].parameters.dump() == R"({"type":"object","properties":{"b":{},"a":{}}})");
  CHECK(question.tool_choice == ToolChoice::named);
  CHECK(question.tool_name == "get_it");
  CHECK_FALSE(question.parallel_tool_calls);
  CHECK(question.format == TextFormat::json_schema);
  CHECK(question.schema_name == "out");
  CHECK(question.schema.dump() == R"({"type":"object"})");
}

TEST_CASE("null means absent, for every knob") {
  json nulls;
  for (const auto* key : {"n",
                          "seed",
                          "stream",
                          "stream_options",
                          "max_tokens",
                          "max_completion_tokens",
                          "stop",
                          "ignore_eos",
                          "logprobs",
                          "top_logprobs",
                          "tools",
                          "tool_choice",
                          "parallel_tool_calls",
                          "response_format",
                          "reasoning_effort",
                          "temperature",
                          "top_p",
                          "presence_penalty",
                          "frequency_penalty",
                          "functions",
                          "function_call"}) {
    nulls[key] = nullptr;
  }
  CHECK(question_of(nulls).choices == 1);
}

TEST_CASE("messages of every role and form are read into one prompt") {
  const auto question = question_of(json::parse(R"({"messages": [
    {"role": "system", "content": "be brief"},
    {"role": "developer", "content": [{"type": "text", "text": "or not"}]},
    {"role": "user", "content": [{"type": "text", "text": "what is"},
      {"type": "image_url", "image_url": {"url": "data:"}}, {"type": "text", "text": "this"}]},
    {"role": "assistant", "content": null, "tool_calls": [{"id": "call_1", "type": "function",
      "function": {"name": "look", "arguments": "{}"}}]},
    {"role": "tool", "tool_call_id": "call_1", "content": "a dog"}]})"));
  CHECK(question.prompts[0] == "be brief\nor not\nwhat is\nthis\n\na dog");
  CHECK(question.prompt_tokens == 9);
  CHECK(question.last_user_text == "what is\nthis");
  CHECK(question.continues_tool_call);
  CHECK_FALSE(question_of(json::parse(R"({"messages": [
    {"role": "tool", "tool_call_id": "call_1", "content": "a dog"},
    {"role": "user", "content": "thanks"}]})"))
                  .continues_tool_call);
}

TEST_CASE("the stamp is that of the last user message") {
  const auto ask = [](std::vector<std::string> texts) {
    json messages = json::array();
    for (const auto& text : texts) messages.push_back({{"role", "user"}, {"content", text}});
    return question_of({{"messages", messages}}).stamp_id;
  };
  CHECK(ask({stamp_text(4), "be brief " + stamp_text(7)}) == 7U);
  CHECK_FALSE(ask({stamp_text(4), "none"}));
}

TEST_CASE("a plain chat means the same to the peek and to the reader") {
  for (const auto& extra :
       {json::object(), json{{"max_tokens", 7}, {"stream", true}, {"ignore_eos", true}},
        json{{"max_completion_tokens", 4}, {"max_tokens", 9}, {"temperature", 1}},
        json{{"stream", true}, {"stream_options", {{"include_usage", true}}}},
        json{{"messages",
              {{{"role", "system"}, {"content", " a  b\n"}},
               {{"role", "user"},
                {"content",
                 {{{"type", "text"}, {"text", stamp_text(3) + "x"}},
                  {{"type", "text"}, {"text", "y z"}}}}}}}}}) {
    auto body = body_with(extra).dump();
    const auto plain = peek_plain_chat(body);
    REQUIRE(plain);
    const auto question = question_of(extra);
    CHECK(plain->model == question.model);
    CHECK(plain->prompt_tokens == question.prompt_tokens);
    CHECK(plain->max_tokens == question.max_tokens);
    CHECK(plain->stamp_id == question.stamp_id);
    CHECK(plain->stream == question.stream);
    CHECK(plain->include_usage == question.include_usage);
    CHECK(plain->ignore_eos == question.ignore_eos);
  }
}

TEST_CASE("a refusal names its parameter") {
  const auto message = [](const std::string& one) {
    const auto question = read(R"({"model":"m","messages":[)" + one + "]}");
    return question ? "accepted" : question.error().param;
  };
  CHECK(read("{}").error().param == "model");
  CHECK(read(R"({"model":5})").error().message == "'model' must be a string.");
  CHECK(read(R"({"model":"m"})").error().message == "You must send at least one message.");
  CHECK(read(R"({"model":"m","messages":[]})").error().param == "messages");
  CHECK(read(R"({"model":"m","messages":{}})").error().param == "messages");
  CHECK(read("[]").error().param.empty());
  CHECK(read("{").error().message == "The request body is not valid JSON.");
  CHECK(message("5") == "messages[0]");
  CHECK(message(R"({"content":"x"})") == "messages[0].role");
  CHECK(message(R"({"role":"king","content":"x"})") == "messages[0].role");
  CHECK(message(R"({"role":5,"content":"x"})") == "messages[0].role");
  CHECK(message(R"({"role":"user"})") == "messages[0].content");
  CHECK(message(R"({"role":"user","content":[]})") == "messages[0].content");
  CHECK(message(R"({"role":"user","content":7})") == "messages[0].content");
  CHECK(message(R"({"role":"user","content":["x"]})") == "messages[0].content");
  CHECK(message(R"({"role":"user","content":[{"text":"x"}]})") == "messages[0].content");
  CHECK(message(R"({"role":"user","content":[{"type":"text"}]})") == "messages[0].content");
  CHECK(message(R"({"role":"tool","content":"x"})") == "messages[0].tool_call_id");
  CHECK(message(R"({"role":"assistant","tool_calls":[{"id":"a"}]})") ==
        "messages[0].tool_calls[0].function");
  CHECK(message(R"({"role":"assistant"})") == "accepted");

  CHECK(param_of(R"({"n":0})") == "n");
  CHECK(param_of(R"({"n":129})") == "n");
  CHECK(param_of(R"({"n":5000000})") == "n");
  CHECK(param_of(R"({"n":128})") == "accepted");
  CHECK(param_of(R"({"max_tokens":0})") == "max_tokens");
  CHECK(param_of(R"({"max_completion_tokens":1000001})") == "max_completion_tokens");
  CHECK(param_of(R"({"seed":1.5})") == "seed");
  CHECK(param_of(R"({"stream":"yes"})") == "stream");
  CHECK(param_of(R"({"stream_options":5})") == "stream_options");
  CHECK(param_of(R"({"stream_options":{"include_usage":1}})") == "stream_options.include_usage");
  CHECK(param_of(R"({"stream_options":{"include_usage":true}})") == "accepted");
  CHECK(param_of(R"({"stop":5})") == "stop");
  CHECK(param_of(R"({"stop":""})") == "stop");
  CHECK(param_of(R"({"stop":["a",5]})") == "stop[1]");
  CHECK(param_of(R"({"stop":[]})") == "accepted");
  CHECK(param_of(
            R"({"stop":["1","2","3","4","5","6","7","8","9","0","1","2","3","4","5","6","7"]})") ==
        "stop");
  CHECK(param_of(R"({"logprobs":true,"top_logprobs":21})") == "top_logprobs");
  CHECK(param_of(R"({"top_logprobs":2})") == "top_logprobs");
  CHECK(param_of(R"({"logprobs":false,"top_logprobs":2})") == "top_logprobs");
  CHECK(param_of(R"({"temperature":2.1})") == "temperature");
  CHECK(param_of(R"({"top_p":-1})") == "top_p");
  CHECK(param_of(R"({"presence_penalty":3})") == "presence_penalty");
  CHECK(param_of(R"({"frequency_penalty":"x"})") == "frequency_penalty");
  CHECK(param_of(R"({"reasoning_effort":"huge"})") == "reasoning_effort");
  CHECK(param_of(R"({"functions":[]})") == "functions");
  CHECK(param_of(R"({"function_call":"auto"})") == "function_call");
}

TEST_CASE("every effort that the API knows is accepted, and all but none are reasoning") {
  for (const char* effort : {"minimal", "low", "medium", "high", "xhigh", "max"}) {
    CHECK(question_of({{"reasoning_effort", effort}}).reasoning);
  }
  CHECK_FALSE(question_of({{"reasoning_effort", "none"}}).reasoning);
}

json tools_and(const char* more) {
  json body = json::parse(R"({"tools": [
    {"type": "function", "function": {"name": "f"}},
    {"type": "custom", "custom": {"name": "c", "format": {"type": "text"}}},
    {"type": "function", "function": {"name": "g"}}]})");
  body.update(json::parse(more));
  return body;
}

TEST_CASE("custom tools and past calls of them are accepted, but only functions can be called") {
  const auto question = question_of(tools_and(R"({"messages": [
    {"role": "user", "content": "x"},
    {"role": "assistant", "tool_calls": [
      {"id": "1", "type": "custom", "custom": {"name": "c", "input": "y"}}]},
    {"role": "tool", "tool_call_id": "1", "content": "z"}]})"));
  REQUIRE(question.tools.size() == 2);
  CHECK(question.tools[0].name == "f");
  CHECK(question.tools[1].name == "g");
  CHECK(question.continues_tool_call);
  CHECK(param_of(R"({"tools":[{"type":"custom"}]})") == "tools[0].custom");
  CHECK(param_of(R"({"tools":[{"type":"custom","custom":{"name":"c"}}],
                     "tool_choice":"required"})") == "tool_choice");
  CHECK(param_of(R"({"messages":[{"role":"assistant","tool_calls":[
                     {"id":"1","type":"custom","custom":{"name":"c"}}]}]})") ==
        "messages[0].tool_calls[0].custom.input");
}

TEST_CASE("a choice of allowed tools leaves only those to be called") {
  const auto allowed = question_of(tools_and(R"({"tool_choice": {"type": "allowed_tools",
    "allowed_tools": {"mode": "required", "tools": [
      {"type": "function", "function": {"name": "g"}}, {"type": "custom", "custom": {}},
      {"type": "function", "function": {"name": "g"}}]}}})"));
  CHECK(allowed.tool_choice == ToolChoice::required);
  REQUIRE(allowed.tools.size() == 1);
  CHECK(allowed.tools[0].name == "g");
  const auto none = question_of(tools_and(R"({"tool_choice": {"type": "allowed_tools",
    "allowed_tools": {"mode": "auto", "tools": []}}})"));
  CHECK(none.tool_choice == ToolChoice::automatic);
  CHECK(none.tools.empty());
  const auto refused = [](const char* choice) {
    return param_of(tools_and(choice).dump().c_str());
  };
  CHECK(refused(R"({"tool_choice":{"type":"allowed_tools"}})") == "tool_choice.allowed_tools");
  CHECK(refused(R"({"tool_choice":{"type":"allowed_tools","allowed_tools":
                    {"mode":"none","tools":[]}}})") == "tool_choice.allowed_tools.mode");
  CHECK(refused(R"({"tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":
                    [{"type":"function","function":{"name":"h"}}]}}})") == "tool_choice");
  CHECK(refused(R"({"tool_choice":{"type":"custom","custom":{"name":"c"}}})") ==
        "tool_choice.type");
}

TEST_CASE("a refusal of tools or formats names its parameter") {
  CHECK(param_of(R"({"tools":{}})") == "tools");
  CHECK(param_of(R"({"tools":[{"type":"function"}]})") == "tools[0].function");
  CHECK(param_of(R"({"tools":[{"type":"x","function":{"name":"a"}}]})") == "tools[0].type");
  CHECK(param_of(R"({"tools":[{"type":"function","function":{"name":"a b"}}]})") ==
        "tools[0].function.name");
  CHECK(param_of(R"({"tools":[{"type":"function","function":{"name":""}}]})") ==
        "tools[0].function.name");
  CHECK(param_of(R"({"tools":[{"type":"function","function":{"name":"a","parameters":5}}]})") ==
        "tools[0].function.parameters");
  CHECK(param_of(R"({"tool_choice":"required"})") == "tool_choice");
  CHECK(param_of(R"({"tool_choice":"auto"})") == "accepted");
  CHECK(param_of(R"({"tool_choice":"maybe"})") == "tool_choice");
  CHECK(param_of(R"({"tool_choice":7})") == "tool_choice");
  CHECK(param_of(R"({"tools":[{"type":"function","function":{"name":"a"}}],
                     "tool_choice":{"type":"function","function":{"name":"b"}}})") ==
        "tool_choice");
  CHECK(param_of(R"({"response_format":{}})") == "response_format.type");
  CHECK(param_of(R"({"response_format":{"type":"xml"}})") == "response_format.type");
  CHECK(param_of(R"({"response_format":{"type":"text"}})") == "accepted");
  CHECK(param_of(R"({"response_format":{"type":"json_schema"}})") == "response_format.json_schema");
  CHECK(param_of(R"({"response_format":{"type":"json_schema","json_schema":{"name":"a"}}})") ==
        "response_format.json_schema.schema");
  CHECK(
      param_of(
          R"({"response_format":{"type":"json_schema","json_schema":{"schema":{},"name":"?"}}})") ==
      "response_format.json_schema.name");
  json tools = json::array();
  for (std::uint32_t i = 0; i <= kMaxTools; ++i) {
    tools.push_back({{"type", "function"}, {"function", {{"name", "t"}}}});
  }
  CHECK(param_of(json{{"tools", tools}}.dump().c_str()) == "tools");
}

TEST_CASE("a schema of a hundred thousand members is copied in one pass") {
  std::string text = R"({"model":"m","messages":[{"role":"user","content":"x"}],"response_format":)"
                     R"({"type":"json_schema","json_schema":{"name":"n","schema":{"k":0)";
  for (int i = 1; i < 100'000; ++i) text += ",\"k" + std::to_string(i) + "\":0";
  const auto question = read(text + "}}}}");
  REQUIRE(question);
  CHECK(question->schema.size() == 100'000);
}

TEST_CASE("a body cut anywhere is refused, and changes nothing") {
  const std::string whole = body_with({{"n", 2}, {"stop", {"\\u00e9"}}}).dump();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    auto body = whole.substr(0, size);
    CHECK_FALSE(read_chat_question(body));
    CHECK(body == whole.substr(0, size));
  }
}

}  // namespace
}  // namespace hopcost::mockserver
