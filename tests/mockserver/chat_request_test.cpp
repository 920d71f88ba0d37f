#include <nlohmann/json.hpp>

#include "common/stamp.hpp"
#include "mockserver/api/chat_peek.hpp"
#include "tests/catch.hpp"

namespace hopcost::mockserver {
namespace {

using nlohmann::json;

auto peek(std::string text) {
  return peek_chat_request(text);
}

json body_with(const json& extra) {
  json body = {{"model", "m"}, {"messages", {{{"role", "user"}, {"content", "one two"}}}}};
  body.update(extra);
  return body;
}

std::string param_of(const json& extra) {
  const auto result = peek(body_with(extra).dump());
  return result ? "accepted" : result.error().param;
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
                                       {"temperature", 0.5},
                                       {"tools", json::array({{{"type", "function"}}})}})
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
  const json image = {{"type", "image_url"}, {"image_url", {{"url", "data: a b c"}}}};
  const json text = {{"type", "text"}, {"text", "four five"}};
  const auto request = peek(body_with({{"messages",
                                        {message("system", "one"),
                                         message("user", "two\nthree"),
                                         {{"role", "assistant"}, {"tool_calls", json::array()}},
                                         message("assistant", nullptr),
                                         message("user", json::array({image, text}))}}})
                                .dump());
  REQUIRE(request);
  CHECK(request->prompt_tokens == 5);
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

TEST_CASE("a wrong value is refused with the parameter's name") {
  CHECK(param_of({{"model", 5}}) == "model");
  CHECK(param_of({{"model", nullptr}}) == "model");
  CHECK(param_of({{"messages", "hi"}}) == "messages");
  CHECK(param_of({{"messages", json::array()}}) == "messages");
  CHECK(param_of({{"messages", {"hi"}}}) == "messages[0]");
  CHECK(param_of({{"messages", {message("user", 5)}}}) == "messages[0].content");
  CHECK(param_of({{"messages", {message("user", nullptr)}}}) == "messages[0].content");
  CHECK(param_of({{"messages", {message("user", json::array())}}}) == "messages[0].content");
  CHECK(param_of({{"messages", {message("user", {{{"text", "no type"}}})}}}) ==
        "messages[0].content");
  CHECK(param_of({{"messages", {message("user", "a"), message("wizard", "b")}}}) ==
        "messages[1].role");
  CHECK(param_of({{"messages", {{{"content", "no role"}}}}}) == "messages[0].role");
  CHECK(param_of({{"stream", "yes"}}) == "stream");
  CHECK(param_of({{"stream_options", true}}) == "stream_options");
  CHECK(param_of({{"stream_options", {{"include_usage", 1}}}}) == "stream_options.include_usage");
  CHECK(param_of({{"ignore_eos", 1}}) == "ignore_eos");
  for (const char* name : {"max_tokens", "max_completion_tokens"}) {
    CHECK(param_of({{name, 0}}) == name);
    CHECK(param_of({{name, -1}}) == name);
    CHECK(param_of({{name, 1'000'001}}) == name);
    CHECK(param_of({{name, 2.5}}) == name);
    CHECK(param_of({{name, "5"}}) == name);
    CHECK(param_of({{name, 1'000'000}}) == "accepted");
  }
  CHECK(param_of({{"n", 2}}) == "n");
  CHECK(param_of({{"n", "1"}}) == "n");
}

TEST_CASE("what is missing is named") {
  const auto no_model = peek(R"({"messages":[{"role":"user","content":"x"}]})");
  REQUIRE_FALSE(no_model);
  CHECK(no_model.error().param == "model");
  const auto no_messages = peek(R"({"model":"m"})");
  REQUIRE_FALSE(no_messages);
  CHECK(no_messages.error().param == "messages");
}

TEST_CASE("a request cut anywhere is refused, and never accepted by half") {
  const std::string whole =
      body_with({{"stream", true}, {"extra", {{"a", {1, 2.5, nullptr, true, "x\n"}}}}}).dump();
  REQUIRE(peek(whole));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto result = peek(whole.substr(0, size));
    REQUIRE_FALSE(result);
    CHECK(result.error().status == 400);
    CHECK_FALSE(result.error().message.empty());
  }
}

TEST_CASE("JSON broken in a place nobody reads is refused all the same") {
  const auto with = [](const std::string& member) {
    return peek(R"({"model":"m","messages":[{"role":"user","content":"x"}],)" + member + "}");
  };
  REQUIRE(with(R"("x":[1,-2.5e3,"t",true,false,null,{},[],12345678901234567890123])"));
  for (const auto* broken :
       {R"("x":nul)", R"("x":tru)", R"("x":01)", R"("x":"\q")", R"("x":[1,])", R"("x":{"a":})",
        R"("x":[1 2])", R"("x":{"a" 1})", R"("x":"\ud800")", R"("x":1}{)", R"("x":1} 2)", R"("x":)",
        R"("x":"tab	in string")", R"(x:1)"}) {
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
    std::string deep = R"({"model":"m","x":)";
    for (int i = 0; i < 200'000; ++i) deep += opener;
    CHECK_FALSE(peek_chat_request(deep));
  }
}

}  // namespace
}  // namespace hopcost::mockserver
