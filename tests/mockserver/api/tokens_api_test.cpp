#include "mockserver/api/tokens_api.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/tokens.hpp"
#include "mockserver/api/limits.hpp"
#include "tests/catch.hpp"

namespace hopcost::mockserver {
namespace {

using nlohmann::json;

json tokenized(const json& request) {
  std::string body = request.dump();
  const auto question = read_tokenize(body);
  REQUIRE(question);
  return json::parse(tokenize_body(*question, 4096));
}

std::string detokenized(const json& tokens) {
  std::string body = json{{"tokens", tokens}}.dump();
  const auto question = read_detokenize(body);
  REQUIRE(question);
  return json::parse(detokenize_body(*question)).at("prompt");
}

json ids_of(const std::string& text) {
  return tokenized({{"prompt", text}}).at("tokens");
}

template <class Read>
std::string refusal(Read read, std::string body) {
  const auto question = read(body);
  return question ? "accepted" : question.error().param;
}

TEST_CASE("words of the list have their index as id, and come back as they were") {
  std::string text;
  append_tokens(text, 60, 70);
  const json reply = tokenized({{"prompt", text}});
  CHECK(reply.at("count") == 70);
  CHECK(reply.at("max_model_len") == 4096);
  CHECK_FALSE(reply.contains("token_strs"));
  for (std::size_t i = 0; i < 70; ++i) CHECK(reply.at("tokens").at(i) == (60 + i) % 64);
  CHECK(detokenized(reply.at("tokens")) == text);
}

TEST_CASE("a text may begin with a listed word without its space") {
  CHECK(ids_of("river stone") == json{64, 1});
  CHECK(detokenized({64, 1}) == "river stone");
  CHECK(ids_of("").empty());
  CHECK(detokenized(json::array()).empty());
}

TEST_CASE("other words come back as the placeholder of their id, which has that id again") {
  const json ids = ids_of("Hello,\n river  stone\tworld token5 token12345");
  REQUIRE(ids.size() == 6);
  for (const auto& id : ids) CHECK(id >= 128);
  CHECK(ids.at(5) == 12345);
  const std::string text = detokenized(ids);
  CHECK(text.find(fmt::format(" token{}", ids.at(0).get<int>())) == 0);
  CHECK(ids_of(text) == ids);
  CHECK(ids_of("Hello,") == json{ids.at(0)});
}

TEST_CASE("a placeholder has one spelling") {
  for (const char* text : {" token0128", " token127", " token131072", " token", " token128x",
                           " token99999999999", "token128", "  token128"}) {
    INFO(text);
    CHECK(detokenized(ids_of(text)) != text);
  }
  CHECK(detokenized(ids_of(" token128 token131071")) == " token128 token131071");
}

TEST_CASE("token_strs are the pieces of the text") {
  const json reply =
      tokenized({{"prompt", "Hello \xc3\xa9t\xc3\xa9 river "}, {"return_token_strs", true}});
  CHECK(reply.at("token_strs") == json{"Hello", " \xc3\xa9t\xc3\xa9", " river"});
  CHECK(reply.at("count") == 3);
}

TEST_CASE("messages are tokenized as their texts") {
  const json messages = json::parse(R"([{"role":"system","content":"one two"},
    {"role":"assistant","content":null},
    {"role":"user","content":[{"type":"text","text":"three"},{"type":"image_url","image_url":{}},
                              {"type":"text","text":"four"}]}])");
  const json reply = tokenized({{"messages", messages}, {"add_special_tokens", false}});
  CHECK(reply.at("count") == 4);
  CHECK(reply.at("tokens") == ids_of("one two\nthree\nfour"));
}

TEST_CASE("what tokenize cannot take is refused with the parameter's name") {
  CHECK(refusal(read_tokenize, "{}") == "prompt");
  CHECK(refusal(read_tokenize, R"({"prompt":["a"]})") == "prompt");
  CHECK(refusal(read_tokenize, R"({"prompt":"a","model":1})") == "model");
  CHECK(refusal(read_tokenize, R"({"prompt":"a","return_token_strs":1})") == "return_token_strs");
  CHECK(refusal(read_tokenize, R"({"prompt":"a","add_special_tokens":1})") == "add_special_tokens");
  CHECK(refusal(read_tokenize, R"({"messages":[]})") == "messages");
  CHECK(refusal(read_tokenize, R"({"messages":{}})") == "messages");
  CHECK(refusal(read_tokenize, R"({"messages":[1]})") == "messages[0]");
  CHECK(refusal(read_tokenize, R"({"messages":[{"content":"a"}]})") == "messages[0].role");
  CHECK(refusal(read_tokenize, R"({"messages":[{"role":"user","content":1}]})") ==
        "messages[0].content");
  CHECK(refusal(read_tokenize, R"({"messages":[{"role":"user","content":[{"type":"text"}]}]})") ==
        "messages[0].content[0].text");
  std::string longest;
  for (std::uint32_t i = 0; i < kMaxTokens; ++i) longest += "a ";
  CHECK(refusal(read_tokenize, json{{"prompt", longest}}.dump()) == "accepted");
  CHECK(refusal(read_tokenize, json{{"prompt", longest + "a"}}.dump()) == "prompt");
}

TEST_CASE("what detokenize cannot take is refused with the parameter's name") {
  CHECK(refusal(read_detokenize, "{}") == "tokens");
  CHECK(refusal(read_detokenize, R"({"tokens":"a"})") == "tokens");
  CHECK(refusal(read_detokenize, R"({"tokens":[1,131072]})") == "tokens[1]");
  CHECK(refusal(read_detokenize, R"({"tokens":[-1]})") == "tokens[0]");
  CHECK(refusal(read_detokenize, R"({"tokens":[1.0]})") == "tokens[0]");
  CHECK(refusal(read_detokenize, R"({"tokens":["a"]})") == "tokens[0]");
  CHECK(refusal(read_detokenize, R"({"tokens":[131071]})") == "accepted");
}

}  // namespace
}  // namespace hopcost::mockserver
