#include "common/stamp.hpp"
#include "mockserver/api/responses.hpp"
#include "tests/catch.hpp"

using namespace hopcost;
using namespace hopcost::mockserver;
using nlohmann::ordered_json;

namespace {

Question read(std::string body) {
  auto question = read_responses_question(body);
  INFO((question ? std::string() : question.error().message));
  REQUIRE(question);
  return *question;
}

std::string refused(std::string body) {
  const auto question = read_responses_question(body);
  REQUIRE_FALSE(question);
  CHECK(question.error().status == 400);
  return question.error().param;
}

std::string with(const std::string& members) {
  return R"({"model": "m", "input": "hi", )" + members + "}";
}

constexpr const char* kTools = R"("tools": [{"type": "function", "name": "f", "parameters":
  {"type": "object"}}, {"type": "web_search"}, {"type": "function", "name": "g"}])";

}  // namespace

TEST_CASE("the input of a response is a text or a list of items") {
  const auto text = read(R"({"model": "m", "input": "one two", "instructions": "Be kind."})");
  CHECK(text.dialect == Dialect::responses);
  CHECK(text.prompts == std::vector<std::string>{"Be kind.\none two"});
  CHECK(text.prompt_tokens == 4);
  CHECK(text.last_user_text == "one two");
  CHECK(text.settings["instructions"] == "Be kind.");
  CHECK_FALSE(text.max_tokens);

  const auto items = read(R"({"model": "m", "input": [
    {"role": "developer", "content": "d"},
    {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "look"},
       {"type": "input_image", "image_url": "data:,"}, {"type": "input_text", "text": "here"}]},
    {"type": "reasoning", "id": "rs_1", "summary": []},
    {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "ok"}]},
    {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
    {"type": "function_call_output", "call_id": "c", "output": "done now"}]})");
  CHECK(items.prompts == std::vector<std::string>{"d\nlook\nhere\nok\nf\n{}\ndone now"});
  CHECK(items.prompt_tokens == 8);
  CHECK(items.last_user_text == "look\nhere");
  CHECK(items.continues_tool_call);
  CHECK_FALSE(read(R"({"model": "m", "input": [
    {"type": "function_call_output", "call_id": "c", "output": [{"type": "input_text", "text": "x"}]},
    {"role": "user", "content": "and?"}]})")
                  .continues_tool_call);
}

TEST_CASE("a response's stamp is that of the last user message") {
  std::string first(RequestStamp::kSize, '0');
  std::string last = first;
  write_stamp(first.data(), RequestStamp{1, 7});
  write_stamp(last.data(), RequestStamp{2, 7});
  const auto question = read(R"({"model": "m", "input": [{"role": "user", "content": ")" + first +
                             R"("}, {"role": "user", "content": ")" + last +
                             R"( b"}, {"role": "assistant", "content": "c"}]})");
  CHECK(question.stamp_id == 2U);
}

TEST_CASE("a response's settings are read and kept for its reply") {
  const auto question = read(with(R"("max_output_tokens": 9, "stream": true, "seed": 3,
    "temperature": 0.5, "top_p": 0.9, "metadata": {"k": "v"}, "store": false, "user": "u",
    "previous_response_id": "resp_1", "truncation": "auto", "parallel_tool_calls": false,
    "reasoning": {"effort": "high", "summary": "auto"}, "top_logprobs": 2, "max_tool_calls": 4,
    "text": {"format": {"type": "json_schema", "name": "n", "schema": {"type": "object"},
             "strict": true}, "verbosity": "low"}, "background": false)"));
  CHECK(question.max_tokens == 9U);
  CHECK(question.stream);
  CHECK(question.seed == 3);
  CHECK_FALSE(question.parallel_tool_calls);
  CHECK(question.reasoning);
  CHECK(question.format == TextFormat::json_schema);
  CHECK(question.schema == ordered_json({{"type", "object"}}));
  CHECK(question.schema_name == "n");
  const auto shown = nlohmann::json::parse(question.settings.dump());
  CHECK(shown == nlohmann::json::parse(R"({"max_output_tokens": 9, "temperature": 0.5, "top_p": 0.9,
    "metadata": {"k": "v"}, "store": false, "user": "u", "previous_response_id": "resp_1",
    "truncation": "auto", "parallel_tool_calls": false, "top_logprobs": 2, "max_tool_calls": 4,
    "reasoning": {"effort": "high", "summary": "auto"},
    "text": {"format": {"type": "json_schema", "name": "n", "schema": {"type": "object"},
             "strict": true}, "verbosity": "low"}})"));
  CHECK_FALSE(read(with(R"("reasoning": {"effort": "none"})")).reasoning);
  CHECK_FALSE(read(with(R"("reasoning": {"summary": "auto"})")).reasoning);
  CHECK(read(with(R"("text": {"format": {"type": "json_object"}})")).format ==
        TextFormat::json_object);
}

TEST_CASE("only a response's function tools can be called, and all are kept for its reply") {
  const auto question = read(with(kTools));
  REQUIRE(question.tools.size() == 2);
  CHECK(question.tools[0].name == "f");
  CHECK(question.tools[0].parameters == ordered_json({{"type", "object"}}));
  CHECK(question.tools[1].parameters.is_null());
  CHECK(question.tool_choice == ToolChoice::automatic);
  REQUIRE(question.settings["tools"].size() == 3);
  CHECK(question.settings["tools"][0]["strict"] == true);
  CHECK(question.settings["tools"][1] == ordered_json({{"type", "web_search"}}));
  const auto choose = [](const std::string& choice) {
    return read(with(kTools + std::string(R"(, "tool_choice": )") + choice));
  };
  CHECK(choose("\"none\"").tool_choice == ToolChoice::none);
  CHECK(choose("\"auto\"").tool_choice == ToolChoice::automatic);
  CHECK(choose("\"required\"").tool_choice == ToolChoice::required);
  const auto named = choose(R"({"type": "function", "name": "g"})");
  CHECK(named.tool_choice == ToolChoice::named);
  CHECK(named.tool_name == "g");
  CHECK(named.settings["tool_choice"] == ordered_json({{"type", "function"}, {"name", "g"}}));
  CHECK(choose(R"({"type": "web_search"})").tool_choice == ToolChoice::automatic);
  CHECK(choose(R"({"type": "allowed_tools", "mode": "required", "tools": []})").tool_choice ==
        ToolChoice::required);
  const auto allowed = choose(R"({"type": "allowed_tools", "mode": "auto", "tools": [
    {"type": "web_search"}, {"type": "function", "name": "g"}]})");
  CHECK(allowed.tool_choice == ToolChoice::automatic);
  REQUIRE(allowed.tools.size() == 1);
  CHECK(allowed.tools[0].name == "g");
  CHECK(allowed.settings["tools"].size() == 3);
}

TEST_CASE("a refused response names the parameter") {
  CHECK(refused(R"({"input": "x"})") == "model");
  CHECK(refused(R"({"model": "m"})") == "input");
  CHECK(refused(R"({"model": "m", "input": 3})") == "input");
  CHECK(refused(R"({"model": "m", "input": []})") == "input");
  CHECK(refused(R"({"model": "m", "input": ["x"]})") == "input[0]");
  CHECK(refused(R"({"model": "m", "input": [{"content": "x"}]})") == "input[0].role");
  CHECK(refused(R"({"model": "m", "input": [{"role": "god", "content": "x"}]})") ==
        "input[0].role");
  CHECK(refused(R"({"model": "m", "input": [{"role": "user"}]})") == "input[0].content");
  CHECK(refused(R"({"model": "m", "input": [{"type": "function_call_output", "output": "x"}]})") ==
        "input[0].call_id");
  CHECK(refused(with(R"("instructions": 1)")) == "instructions");
  CHECK(refused(with(R"("max_output_tokens": 0)")) == "max_output_tokens");
  CHECK(refused(with(R"("tools": {})")) == "tools");
  CHECK(refused(with(R"("tools": [{"type": "function"}])")) == "tools[0].name");
  CHECK(refused(with(R"("tools": [{"type": "function", "name": "f", "parameters": 1}])")) ==
        "tools[0].parameters");
  CHECK(refused(with(R"("tool_choice": "required")")) == "tool_choice");
  CHECK(refused(with(R"("tool_choice": "maybe")")) == "tool_choice");
  CHECK(refused(
            with(kTools + std::string(R"(, "tool_choice": {"type": "function", "name": "h"})"))) ==
        "tool_choice");
  CHECK(refused(with(kTools + std::string(R"(, "tool_choice": {"type": "allowed_tools",
            "mode": "auto", "tools": [{"type": "function", "name": "h"}]})"))) == "tool_choice");
  CHECK(refused(with(R"("text": {"format": {"type": "xml"}})")) == "text.format.type");
  CHECK(refused(with(R"("text": {"format": {"type": "json_schema", "name": "n"}})")) ==
        "text.format.schema");
  CHECK(refused(with(R"("reasoning": {"effort": "extreme"})")) == "reasoning.effort");
  CHECK(refused(with(R"("metadata": {"a": 1})")) == "metadata");
  CHECK(refused(with(R"("temperature": 3)")) == "temperature");
  CHECK(refused(with(R"("top_logprobs": 21)")) == "top_logprobs");
  CHECK(refused(with(R"("truncation": "always")")) == "truncation");
  std::string many = R"("tools": [{"type": "a"})";
  for (int i = 0; i < 128; ++i) many += R"(,{"type": "a"})";
  CHECK(refused(with(many + "]")) == "tools");
}
