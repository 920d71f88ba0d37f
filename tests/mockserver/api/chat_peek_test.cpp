// The fast reader of chat requests takes what is plain, leaves the rest to the complete reader, and
// never says anything else than that one.

#include "mockserver/api/chat_peek.hpp"

#include <nlohmann/json.hpp>

#include "common/stamp.hpp"
#include "mockserver/api/chat_reader.hpp"
#include "tests/catch.hpp"

namespace hopcost::mockserver {
namespace {

using nlohmann::json;

/// What the fast reader says, after checking it against the complete one.
std::optional<PlainChat> peek(std::string text) {
  const auto chat = peek_plain_chat(text);
  const auto question = read_chat_question(text);
  if (!chat) return chat;
  REQUIRE(question);
  CHECK(question->model == chat->model);
  CHECK(question->prompt_tokens == chat->prompt_tokens);
  CHECK(question->max_tokens == chat->max_tokens);
  CHECK(question->stamp_id == chat->stamp_id);
  CHECK(question->stream == chat->stream);
  CHECK(question->include_usage == chat->include_usage);
  CHECK(question->ignore_eos == chat->ignore_eos);
  return chat;
}

json body_with(const json& extra) {
  json body = {{"model", "m"}, {"messages", {{{"role", "user"}, {"content", "one two"}}}}};
  body.update(extra);
  return body;
}

std::string stamp_text(std::uint32_t id) {
  std::string text(RequestStamp::kSize, ' ');
  write_stamp(text.data(), RequestStamp{id, 5});
  return text;
}

json message(const std::string& role, const json& content) {
  return {{"role", role}, {"content", content}};
}

TEST_CASE("a small request is understood with its defaults") {
  const auto request = peek(R"({"model":"a\/bé","messages":[{"role":"user","content":"x"}]})");
  REQUIRE(request);
  CHECK(request->model == "a/bé");
  CHECK(request->prompt_tokens == 1);
  CHECK_FALSE(request->max_tokens);
  CHECK_FALSE(request->stamp_id);
  CHECK_FALSE(request->stream);
  CHECK_FALSE(request->include_usage);
  CHECK_FALSE(request->ignore_eos);
}

TEST_CASE("every knob of a request is read, and null means absent") {
  const auto request = peek(body_with({{"stream", true},
                                       {"stream_options", {{"include_usage", true}}},
                                       {"max_tokens", 7},
                                       {"ignore_eos", true},
                                       {"n", 1},
                                       {"user", "someone"},
                                       {"temperature", 0.5}})
                                .dump());
  REQUIRE(request);
  CHECK(request->stream);
  CHECK(request->include_usage);
  CHECK(request->ignore_eos);
  CHECK(request->max_tokens == 7U);

  const auto nulls = peek(body_with({{"stream", nullptr},
                                     {"stream_options", nullptr},
                                     {"max_tokens", nullptr},
                                     {"max_completion_tokens", nullptr},
                                     {"ignore_eos", nullptr},
                                     {"n", nullptr}})
                              .dump());
  REQUIRE(nulls);
  CHECK_FALSE(nulls->stream);
  CHECK_FALSE(nulls->max_tokens);
}

TEST_CASE("max_completion_tokens goes before max_tokens, whichever comes first") {
  for (const auto* text : {R"("max_tokens":9,"max_completion_tokens":4)",
                           R"("max_completion_tokens":4,"max_tokens":9)"}) {
    const auto request = peek(
        std::string(R"({"model":"m","messages":[{"role":"user","content":"x"}],)") + text + "}");
    REQUIRE(request);
    CHECK(request->max_tokens == 4U);
  }
}

TEST_CASE("prompt tokens are counted over all messages and text parts") {
  const json text = {{"type", "text"}, {"text", "four five"}};
  const auto request = peek(body_with({{"messages",
                                        {message("system", "one"), message("user", "two\nthree"),
                                         message("user", json::array({text, text}))}}})
                                .dump());
  REQUIRE(request);
  CHECK(request->prompt_tokens == 7);
}

TEST_CASE("the stamp of the last user message counts, wherever it stands in it") {
  const auto id_of = [](const json& messages) {
    const auto request = peek(body_with({{"messages", messages}}).dump());
    REQUIRE(request);
    return request->stamp_id;
  };
  CHECK(id_of(json::array({message("user", stamp_text(7) + "hi")})) == 7U);
  CHECK(id_of(json::array({message("user", "a preface ~q: and " + stamp_text(8) + "hi")})) == 8U);
  CHECK(id_of(json::array(
            {message("user", stamp_text(1) + "a"), message("user", stamp_text(2) + "b")})) == 2U);
  CHECK(id_of(json::array({message("user", stamp_text(3)), message("assistant", stamp_text(4))})) ==
        3U);
  const json parts = {{{"type", "text"}, {"text", "plain"}},
                      {{"type", "text"}, {"text", stamp_text(5)}}};
  CHECK(id_of(json::array({message("user", parts)})) == 5U);
  CHECK_FALSE(id_of(json::array({message("user", stamp_text(6)), message("user", "unstamped")})));
  CHECK_FALSE(id_of(json::array({message("user", "~q:0000001:broken~")})));
}

TEST_CASE("a content before its role is as good as one after it") {
  const auto request =
      peek(R"({"messages":[{"content":")" + stamp_text(9) + R"(","role":"user"}],"model":"m"})");
  REQUIRE(request);
  CHECK(request->stamp_id == 9U);
}

TEST_CASE("what asks for more than plain text, or is wrong, is left to the complete reader") {
  const json image = {{"type", "image_url"}, {"image_url", {{"url", "data: a b c"}}}};
  for (const json& extra :
       std::vector<json>{{{"model", 5}},
                         {{"model", nullptr}},
                         {{"messages", json::array()}},
                         {{"messages", {message("user", 5)}}},
                         {{"messages", {message("user", nullptr)}}},
                         {{"messages", {message("user", json::array({image}))}}},
                         {{"messages", {message("tool", "x")}}},
                         {{"messages", {message("wizard", "x")}}},
                         {{"messages", {{{"role", "assistant"}, {"tool_calls", json::array()}}}}},
                         {{"stream", "yes"}},
                         {{"stream_options", true}},
                         {{"max_tokens", 0}},
                         {{"max_tokens", 1'000'001}},
                         {{"max_completion_tokens", 2.5}},
                         {{"n", 2}},
                         {{"temperature", 3}},
                         {{"tools", json::array({{{"type", "function"}}})}},
                         {{"logprobs", true}},
                         {{"seed", 1}},
                         {{"stop", "x"}},
                         {{"response_format", {{"type", "json_object"}}}},
                         {{"unheard_of", 1}}}) {
    CAPTURE(extra.dump());
    CHECK_FALSE(peek(body_with(extra).dump()));
  }
  CHECK_FALSE(peek(R"({"messages":[{"role":"user","content":"x"}]})"));
  CHECK_FALSE(peek(R"({"model":"m"})"));
}

TEST_CASE("a key that comes twice is left to the complete reader") {
  const std::string rest = R"(,"messages":[{"role":"user","content":"x"}]})";
  CHECK(peek(R"({"model":"a")" + rest));
  CHECK_FALSE(peek(R"({"model":"a","model":"b")" + rest));
  CHECK_FALSE(peek(R"({"model":"a","stream":true,"stream":false)" + rest));
  CHECK_FALSE(peek(R"({"model":"m","messages":[{"role":"user","content":"x","content":"y"}]})"));
  CHECK_FALSE(peek(R"({"model":"m","messages":[{"role":"user","role":"user","content":"y"}]})"));
}

TEST_CASE("a request cut anywhere is refused, and never accepted by half") {
  const std::string whole =
      body_with({{"stream", true}, {"metadata", {{"a", {1, 2.5, nullptr, true, "x\n"}}}}}).dump();
  REQUIRE(peek(whole));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    REQUIRE_FALSE(peek(whole.substr(0, size)));
    auto cut = whole.substr(0, size);
    const auto refused = read_chat_question(cut);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().status == 400);
    CHECK_FALSE(refused.error().message.empty());
  }
}

TEST_CASE("JSON broken in a place nobody reads is refused all the same") {
  const auto with = [](const std::string& member) {
    return peek(R"({"model":"m","messages":[{"role":"user","content":"x"}],)" + member + "}");
  };
  REQUIRE(with(R"("metadata":[1,-2.5e3,"t",true,false,null,{},[]])"));
  for (const auto* broken :
       {R"("metadata":nul)", R"("metadata":tru)", R"("metadata":01)", R"("metadata":"\q")",
        R"("metadata":[1,])", R"("metadata":{"a":})", R"("metadata":[1 2])",
        R"("metadata":{"a" 1})", R"("metadata":"\ud800")", R"("metadata":1}{)",
        R"("metadata":1} 2)", R"("metadata":)", R"("metadata":"tab	in string")", R"(x:1)"}) {
    CAPTURE(broken);
    CHECK_FALSE(with(broken));
  }
  CHECK_FALSE(peek("\xff\xfe"));
  CHECK_FALSE(peek("[]"));
  CHECK_FALSE(peek("\"text\""));
  CHECK_FALSE(peek("null"));
}

TEST_CASE("nesting without end is refused instead of followed") {
  for (const char* opener : {"[", "{\"a\":"}) {
    std::string deep = R"({"model":"m","metadata":)";
    for (int i = 0; i < 200'000; ++i) deep += opener;
    CHECK_FALSE(peek_plain_chat(deep));
    CHECK_FALSE(read_chat_question(deep));
  }
}

}  // namespace
}  // namespace hopcost::mockserver
