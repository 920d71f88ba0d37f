#include "loadgen/exchange/reply_json.hpp"

#include <string>

#include "tests/catch.hpp"

using hopcost::loadgen::ReplyJson;

TEST_CASE("a content chunk gives its text") {
  ReplyJson json;
  const auto piece = json.read_event(
      R"({"id":"x","choices":[{"index":0,"delta":{"content":" caf\u00e9"},"finish_reason":null}],"usage":null})");
  REQUIRE(piece.valid);
  CHECK(piece.has_choices);
  CHECK(piece.has_content);
  CHECK(piece.content == " caf\xc3\xa9");
  CHECK_FALSE(piece.finished);
  CHECK_FALSE(piece.has_usage);
}

TEST_CASE("role, finish and usage chunks hold no content") {
  ReplyJson json;
  const auto role = json.read_event(
      R"({"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]})");
  CHECK(role.valid);
  CHECK(role.has_choices);
  CHECK_FALSE(role.has_content);

  const auto finish =
      json.read_event(R"({"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})");
  CHECK(finish.finished);

  const auto usage = json.read_event(
      R"({"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10}})");
  CHECK(usage.valid);
  CHECK_FALSE(usage.has_choices);
  CHECK(usage.has_usage);
  CHECK(usage.prompt_tokens == 7);
  CHECK(usage.completion_tokens == 3);
}

TEST_CASE("who answered is told as it stands there") {
  ReplyJson json;
  const auto piece = json.read_event(R"({"model":"a/b-1","choices":[{"delta":{"content":"x"}}]})");
  CHECK(piece.valid);
  CHECK(piece.model.starts_with("\"a/b-1\""));
  CHECK(piece.content == "x");
  CHECK(json.read_reply(R"({"choices":[{"message":{"content":"x"}}]})").model.empty());
}

TEST_CASE("reasoning and tool calls count as content") {
  ReplyJson json;
  CHECK(json.read_event(R"({"choices":[{"delta":{"reasoning_content":"hm"}}]})").has_content);
  CHECK(json.read_event(R"({"choices":[{"delta":{"tool_calls":[{"index":0}]}}]})").has_content);
  CHECK_FALSE(json.read_event(R"({"choices":[{"delta":{"tool_calls":[]}}]})").has_content);
  CHECK_FALSE(json.read_event(R"({"choices":[{"delta":{"content":null}}]})").has_content);
}

TEST_CASE("only the first choice's text is read, the others must still be objects") {
  ReplyJson json;
  const auto two = json.read_event(
      R"({"choices":[{"index":0,"delta":{"content":"a"}},{"index":1,"delta":{"content":"b"}}]})");
  CHECK(two.valid);
  CHECK(two.content == "a");
  CHECK_FALSE(json.read_event(R"({"choices":[{"delta":{}},7]})").valid);
}

TEST_CASE("a unary reply is read from message") {
  ReplyJson json;
  const auto piece = json.read_reply(
      R"({"choices":[{"index":0,"message":{"role":"assistant","content":"hi","refusal":null},"finish_reason":"length"}],"usage":{"prompt_tokens":1,"completion_tokens":1}})");
  REQUIRE(piece.valid);
  CHECK(piece.content == "hi");
  CHECK(piece.finished);
}

TEST_CASE("an error object is told from an answer") {
  ReplyJson json;
  const auto piece = json.read_event(
      R"({"error":{"message":"out of memory","type":"server_error","param":null,"code":null}})");
  CHECK(piece.valid);
  CHECK(piece.is_error);
  CHECK(piece.error_message == "out of memory");
  CHECK_FALSE(json.read_event(R"({"choices":[],"error":null})").is_error);
}

TEST_CASE("what is no chat completion is refused, at every length") {
  ReplyJson json;
  const std::string good =
      R"({"choices":[{"delta":{"content":"a"},"finish_reason":null}],"usage":{"completion_tokens":1}})";
  REQUIRE(json.read_event(good).valid);
  for (std::size_t length = 0; length < good.size(); ++length) {
    INFO(good.substr(0, length));
    CHECK_FALSE(json.read_event(good.substr(0, length)).valid);
  }
  CHECK_FALSE(json.read_event("{}").valid);
  CHECK_FALSE(json.read_event("[]").valid);
  CHECK_FALSE(json.read_event(R"({"choices":{}})").valid);
  CHECK_FALSE(json.read_event(R"({"choices":[]} trailing)").valid);
}
