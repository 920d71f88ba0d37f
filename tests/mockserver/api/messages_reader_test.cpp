#include "common/stamp.hpp"
#include "mockserver/api/messages.hpp"
#include "tests/catch.hpp"

using namespace hopcost;
using namespace hopcost::mockserver;
using nlohmann::ordered_json;

namespace {

Question read(std::string body) {
  auto question = read_messages_question(body);
  INFO((question ? std::string() : question.error().message));
  REQUIRE(question);
  return *question;
}

std::string refused(std::string body) {
  const auto question = read_messages_question(body);
  REQUIRE_FALSE(question);
  CHECK(question.error().status == 400);
  return question.error().param;
}

std::string with(const std::string& members) {
  return R"({"model": "m", "max_tokens": 5, "messages": [{"role": "user", "content": "hi"}], )" +
         members + "}";
}

std::string saying(const std::string& messages) {
  return R"({"model": "m", "max_tokens": 5, "messages": [)" + messages + "]}";
}

constexpr const char* kTools = R"("tools": [{"name": "f", "input_schema": {"type": "object"}},
  {"type": "web_search_20250305", "name": "web_search"},
  {"type": "custom", "name": "g", "input_schema": {}}])";

}  // namespace

TEST_CASE("messages hold texts, or blocks of which texts, calls and results count") {
  const auto plain = read(with(R"("system": "Be kind.")"));
  CHECK(plain.dialect == Dialect::messages);
  CHECK(plain.max_tokens == 5U);
  CHECK(plain.prompts == std::vector<std::string>{"Be kind.\nhi"});
  CHECK(plain.prompt_tokens == 3);
  CHECK(plain.last_user_text == "hi");
  CHECK_FALSE(plain.continues_tool_call);

  const auto blocks = read(R"({"model": "m", "max_tokens": 5,
    "system": [{"type": "text", "text": "s", "cache_control": {"type": "ephemeral"}}],
    "messages": [
      {"role": "user", "content": [{"type": "text", "text": "look"},
        {"type": "image", "source": {"type": "url", "url": "x"}}]},
      {"role": "assistant", "content": [{"type": "thinking", "thinking": "hm", "signature": "a"},
        {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {"a": 1}}]},
      {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1",
        "content": [{"type": "text", "text": "fine weather"}]}]}]})");
  CHECK(blocks.prompt_tokens == 6);
  CHECK(blocks.last_user_text == "look");
  CHECK(blocks.continues_tool_call);
  CHECK(blocks.prompts.front().find("fine weather") != std::string::npos);
  CHECK(blocks.prompts.front().find(R"({"a":1})") != std::string::npos);

  const auto both = read(saying(R"({"role": "user", "content": [
    {"type": "tool_result", "tool_use_id": "t"}, {"type": "text", "text": "go on"}]})"));
  CHECK(both.continues_tool_call);
  CHECK(both.last_user_text == "go on");
}

TEST_CASE("a system message counts, but is no turn of the conversation") {
  const auto question = read(saying(R"({"role": "user", "content": "go"},
    {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": "done"}]},
    {"role": "system", "content": "Be brief."})"));
  CHECK(question.prompt_tokens == 4);
  CHECK(question.last_user_text == "go");
  CHECK(question.continues_tool_call);
}

TEST_CASE("a message's stamp is that of the last user message with words") {
  std::string stamp(RequestStamp::kSize, '0');
  write_stamp(stamp.data(), RequestStamp{2, 7});
  CHECK(read(saying(R"({"role": "user", "content": "a"}, {"role": "user", "content": ")" + stamp +
                    R"("}, {"role": "user", "content": [{"type": "tool_result",
                         "tool_use_id": "t", "content": "x"}]})"))
            .stamp_id == 2U);
}

TEST_CASE("the settings of messages are read") {
  const auto question = read(with(R"("stop_sequences": ["a", "b"], "stream": true,
    "thinking": {"type": "enabled", "budget_tokens": 1024}, "metadata": {"user_id": "u"},
    "temperature": 1, "top_k": 5, "top_p": 0.5,
    "output_config": {"format": {"type": "json_schema", "schema": {"type": "array"}}})"));
  CHECK(question.stop == std::vector<std::string>{"a", "b"});
  CHECK(question.stream);
  CHECK(question.reasoning);
  CHECK(question.choices == 1);
  CHECK(question.format == TextFormat::json_schema);
  CHECK(question.schema == ordered_json({{"type", "array"}}));
  CHECK(read(with(R"("thinking": {"type": "adaptive"})")).reasoning);
  CHECK_FALSE(read(with(R"("thinking": {"type": "disabled"})")).reasoning);
  CHECK_FALSE(read(with(R"("thinking": {"type": "between_tools"})")).reasoning);
}

TEST_CASE("the tools of messages and how they are chosen") {
  const auto question = read(with(kTools));
  REQUIRE(question.tools.size() == 2);
  CHECK(question.tools[0].name == "f");
  CHECK(question.tools[0].parameters == ordered_json({{"type", "object"}}));
  CHECK(question.parallel_tool_calls);
  const auto choose = [](const std::string& choice) {
    return read(with(kTools + std::string(R"(, "tool_choice": )") + choice));
  };
  CHECK(choose(R"({"type": "auto"})").tool_choice == ToolChoice::automatic);
  CHECK(choose(R"({"type": "none"})").tool_choice == ToolChoice::none);
  const auto any = choose(R"({"type": "any", "disable_parallel_tool_use": true})");
  CHECK(any.tool_choice == ToolChoice::required);
  CHECK_FALSE(any.parallel_tool_calls);
  const auto named = choose(R"({"type": "tool", "name": "g"})");
  CHECK(named.tool_choice == ToolChoice::named);
  CHECK(named.tool_name == "g");
}

TEST_CASE("refused messages name the parameter") {
  CHECK(refused(R"({"max_tokens": 5, "messages": []})") == "model");
  CHECK(refused(R"({"model": "m", "messages": [{"role": "user", "content": "x"}]})") ==
        "max_tokens");
  CHECK(refused(R"({"model": "m", "max_tokens": 0, "messages": []})") == "max_tokens");
  CHECK(refused(R"({"model": "m", "max_tokens": 1})") == "messages");
  CHECK(refused(saying("")) == "messages");
  CHECK(refused(saying("1")) == "messages[0]");
  CHECK(refused(saying(R"({"content": "x"})")) == "messages[0].role");
  CHECK(refused(saying(R"({"role": "tool", "content": "x"})")) == "messages[0].role");
  CHECK(refused(saying(R"({"role": "user"})")) == "messages[0].content");
  CHECK(refused(saying(R"({"role": "user", "content": [{"type": "tool_result"}]})")) ==
        "messages[0].content[0].tool_use_id");
  CHECK(refused(with(R"("system": 1)")) == "system");
  CHECK(refused(with(R"("stop_sequences": "a")")) == "stop_sequences");
  CHECK(refused(with(R"("stop_sequences": [""])")) == "stop_sequences[0]");
  CHECK(refused(with(R"("temperature": 1.5)")) == "temperature");
  CHECK(refused(with(R"("top_k": -1)")) == "top_k");
  CHECK(refused(with(R"("thinking": {"type": "enabled"})")) == "thinking.budget_tokens");
  CHECK(refused(with(R"("thinking": {"type": "deep"})")) == "thinking.type");
  CHECK(refused(with(R"("tools": [{"name": "f"}])")) == "tools[0].input_schema");
  CHECK(refused(with(R"("tools": [{"name": "", "input_schema": {}}])")) == "tools[0].name");
  CHECK(refused(with(R"("tool_choice": {"type": "any"})")) == "tool_choice");
  CHECK(refused(with(kTools + std::string(R"(, "tool_choice": {"type": "tool", "name": "x"})"))) ==
        "tool_choice");
  CHECK(refused(with(R"("tool_choice": {"type": "all"})")) == "tool_choice.type");
  CHECK(refused(with(R"("metadata": 1)")) == "metadata");
}
