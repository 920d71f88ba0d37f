#include "mockserver/api/chat_writer.hpp"

#include <set>

#include "common/stamp.hpp"
#include "common/tokens.hpp"
#include "mockserver/api/plain_chat_stream.hpp"
#include "mockserver/api/prepared_chat.hpp"
#include "tests/catch.hpp"
#include "tests/mockserver/api/chat_collect.hpp"

namespace hopcost::mockserver {
namespace {

using chat_collect::events_of;
using chat_collect::message_of;
using chat_collect::stream_of;
using nlohmann::ordered_json;

const ReplyFacts kFacts{"0123456789abcdef", "1700000000", "mo\"del"};

Question asked() {
  Question question;
  question.model = "mo\"del";
  question.prompts = {"one two"};
  question.prompt_tokens = 2;
  question.last_user_text = "say \"\xc3\xa9\" \\ \x01 twice\n";
  return question;
}

Question with_tools() {
  Question question = asked();
  const auto parameters = ordered_json::parse(
      R"({"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer"}}})");
  question.tools = {{"weather", parameters}, {"time", parameters}};
  return question;
}

AnswerStyle style_of(std::uint32_t tokens, std::uint32_t reasoning = 0) {
  AnswerStyle style;
  style.output_tokens = tokens;
  style.reasoning_tokens = reasoning;
  return style;
}

struct Reply {
  Question question;
  Answer answer;

  Reply(Question asked, const AnswerStyle& style)
      : question(std::move(asked)), answer(compose(question, style)) {}

  [[nodiscard]] std::string body() const {
    std::string out;
    static_cast<void>(make_writer(question, answer, kFacts)->body(out));
    return out;
  }
  [[nodiscard]] std::string stream(std::uint32_t tokens = 1) const {
    return stream_of(*make_writer(question, answer, kFacts), answer.steps(), tokens);
  }
};

TEST_CASE("a unary body has every key of the API, in its order") {
  const Reply reply(asked(), style_of(2));
  CHECK(reply.body() ==
        R"({"id":"chatcmpl-0123456789abcdef","object":"chat.completion","created":1700000000,)"
        R"("model":"mo\"del","choices":[{"index":0,"message":{"role":"assistant",)"
        R"("content":" river stone","refusal":null},"logprobs":null,"finish_reason":"stop"}],)"
        R"("usage":{"prompt_tokens":2,"completion_tokens":2,"total_tokens":4,)"
        R"("prompt_tokens_details":{"cached_tokens":0},)"
        R"("completion_tokens_details":{"reasoning_tokens":0}}})");
}

TEST_CASE("a stream is a role chunk, content chunks, a finish chunk and the terminator") {
  const Reply reply(asked(), style_of(2));
  const std::string start =
      R"(data: {"id":"chatcmpl-0123456789abcdef","object":"chat.completion.chunk",)"
      R"("created":1700000000,"model":"mo\"del","choices":[{"index":0,"delta":)";
  const std::string end = R"(,"logprobs":null,"finish_reason":null}]})"
                          "\n\n";
  CHECK(reply.stream() == start + R"({"role":"assistant","content":""})" + end +  //
                              start + R"({"content":" river"})" + end +           //
                              start + R"({"content":" stone"})" + end +           //
                              start +
                              R"({},"logprobs":null,"finish_reason":"stop"}]})"
                              "\n\ndata: [DONE]\n\n");
}

TEST_CASE("usage comes in a chunk of its own, and the others say that they have none") {
  auto question = asked();
  question.stream = question.include_usage = true;
  const auto events = events_of(Reply(question, style_of(3)).stream());
  CHECK(events.done);
  for (std::size_t i = 0; i + 1 < events.chunks.size(); ++i) {
    CHECK(events.chunks[i].at("usage").is_null());
    CHECK(events.chunks[i].at("choices").size() == 1);
  }
  CHECK(events.chunks.back().at("choices").empty());
  CHECK(events.chunks.back().at("usage").dump() ==
        R"({"prompt_tokens":2,"completion_tokens":3,"total_tokens":5,)"
        R"("prompt_tokens_details":{"cached_tokens":0},)"
        R"("completion_tokens_details":{"reasoning_tokens":0}})");
}

TEST_CASE("the terminator is left out where asked") {
  const Reply reply(asked(), style_of(2));
  const auto writer = make_chat_writer(reply.question, reply.answer, kFacts);
  CHECK_FALSE(events_of(stream_of(*writer, 2, 1, false)).done);
}

TEST_CASE("plain answers are byte for byte what the prepared way gives") {
  for (const bool usage : {false, true}) {
    for (const bool stamped : {false, true}) {
      auto question = asked();
      question.include_usage = usage;
      question.max_tokens = 3;
      if (stamped) question.stamp_id = 5;
      const Reply reply(question, style_of(9));
      const auto writer = make_chat_writer(reply.question, reply.answer, kFacts);

      const PreparedChat prepared(kFacts.model);
      PlainChatFacts facts;
      facts.id = kFacts.id;
      facts.created = kFacts.created;
      facts.include_usage = usage;
      facts.cut = true;
      facts.tokens = 3;
      facts.prompt_tokens = 2;
      facts.stamp_id = question.stamp_id;
      std::string expected;
      const auto expected_stamp = prepared.append_body(expected, facts);
      std::string body;
      CHECK(writer->body(body) == expected_stamp);
      CHECK(body == expected);

      PlainChatStream plain;
      plain.begin(prepared, facts, true, 1);
      std::string stream;
      while (plain.next() != ReplyStream::Part::none) plain.append_next(stream);
      CHECK(stream_of(*writer, 3, 1) == stream);
    }
  }
}

TEST_CASE("parts appended together are the bytes of parts appended one by one") {
  const PreparedChat prepared("m");
  PlainChatFacts facts;
  facts.id = kFacts.id;
  facts.created = kFacts.created;
  facts.include_usage = GENERATE(false, true);
  facts.tokens = GENERATE(1U, 2U, 7U, 200U);
  const bool stamped = GENERATE(false, true);
  if (stamped) facts.stamp_id = 5;
  const bool open_early = GENERATE(false, true);
  const auto tokens_per_part = GENERATE(1U, 3U, 1000U);
  const auto most = GENERATE(1U, 2U, 5U, 1000U);
  CAPTURE(facts.tokens, stamped, open_early, tokens_per_part, most);

  PlainChatStream one_by_one;
  one_by_one.begin(prepared, facts, open_early, tokens_per_part);
  std::string expected;
  std::uint32_t parts = 0;
  for (; one_by_one.next() != ReplyStream::Part::none; ++parts) one_by_one.append_next(expected);

  PlainChatStream together;
  together.begin(prepared, facts, open_early, tokens_per_part);
  std::string bytes;
  std::uint32_t contents = 0;
  while (together.next() != ReplyStream::Part::none) {
    const auto appended = together.append_some(bytes, most);
    CHECK(appended.parts >= 1);
    CHECK(appended.parts <= most);
    if (together.needs_stamp()) CHECK(appended.parts == 1);
    parts -= appended.parts;
    contents += appended.contents;
  }
  CHECK(bytes == expected);
  CHECK(parts == 0);
  CHECK(contents == (facts.tokens + tokens_per_part - 1) / tokens_per_part);
}

TEST_CASE("a stream adds up to the unary reply, however many tokens a piece has") {
  std::vector<Reply> replies;
  auto question = asked();
  replies.emplace_back(question, style_of(7));
  question.choices = 3;
  replies.emplace_back(question, style_of(7));
  question.reasoning = true;
  replies.emplace_back(question, style_of(5, 4));
  question.max_tokens = 2;
  replies.emplace_back(question, style_of(5, 4));
  question = asked();
  auto echo = style_of(1);
  echo.mode = AnswerStyle::Mode::echo;
  replies.emplace_back(question, echo);
  question.stop = {"river"};
  replies.emplace_back(question, style_of(5));
  question.stop = {" river"};
  replies.emplace_back(question, style_of(5));
  question = with_tools();
  replies.emplace_back(question, style_of(5));
  question.reasoning = true;
  question.choices = 2;
  replies.emplace_back(question, style_of(5, 3));
  question.max_tokens = 6;
  replies.emplace_back(question, style_of(5, 3));
  question = asked();
  question.format = TextFormat::json_object;
  replies.emplace_back(question, style_of(5));
  for (const auto& reply : replies) {
    const auto body = ordered_json::parse(reply.body());
    REQUIRE(body.at("choices").size() == reply.answer.choices.size());
    for (const std::uint32_t tokens : {1U, 2U, 3U, 1000U}) {
      const auto events = events_of(reply.stream(tokens));
      for (std::size_t i = 0; i < reply.answer.choices.size(); ++i) {
        auto unary = message_of(body["choices"][i]);
        CHECK(body["choices"][i]["index"] == i);
        CHECK(message_of(events.chunks, i) == unary);
      }
    }
  }
}

TEST_CASE("every choice of a stream has its role first and its finish last") {
  auto question = asked();
  question.choices = 4;
  const auto events = events_of(Reply(question, style_of(3)).stream());
  REQUIRE(events.chunks.size() == 4 * (1 + 3 + 1));
  for (std::size_t i = 0; i < events.chunks.size(); ++i) {
    const auto& choice = events.chunks[i].at("choices").at(0);
    CHECK(choice.at("index") == i % 4);
    CHECK(choice.at("delta").contains("role") == (i < 4));
    CHECK(choice.at("finish_reason").is_null() == (i < 16));
    CHECK(events.chunks[i].at("id") == "chatcmpl-0123456789abcdef");
  }
}

TEST_CASE("a tool call streams its name first and then its arguments in fragments") {
  const Reply reply(with_tools(), style_of(5));
  const auto events = events_of(reply.stream());
  CHECK(events.chunks[0]["choices"][0]["delta"].dump() == R"({"role":"assistant","content":null})");
  const auto& call = reply.answer.choices[0].calls[0];
  CHECK(events.chunks[1]["choices"][0]["delta"].dump() ==
        R"({"tool_calls":[{"index":0,"id":")" + call.id +
            R"(","type":"function","function":{"name":"weather","arguments":""}}]})");
  CHECK(events.chunks[2]["choices"][0]["delta"].dump() ==
        R"({"tool_calls":[{"index":0,"function":{"arguments":"{\"city\":"}}]})");
  const auto whole = message_of(events.chunks, 0);
  REQUIRE(whole["calls"].size() == 2);
  CHECK(whole["calls"][1]["name"] == "time");
  CHECK(whole["finish_reason"] == "tool_calls");
  for (const auto& one : whole["calls"]) {
    CHECK(ordered_json::parse(one["arguments"].get<std::string>())["days"].is_number_integer());
  }
  // Each fragment but the one that starts a call is a token.
  CHECK(events.chunks.size() == 1 + 2 + reply.answer.completion_tokens + 1);
  const auto message = ordered_json::parse(reply.body())["choices"][0];
  CHECK(message["message"]["content"].is_null());
  CHECK(message["message"]["refusal"].is_null());
  CHECK(message["finish_reason"] == "tool_calls");
}

TEST_CASE("reasoning has its own deltas before the content, and is counted") {
  auto question = asked();
  question.reasoning = true;
  const Reply reply(question, style_of(2, 2));
  const auto events = events_of(reply.stream());
  std::vector<std::string> keys;
  for (const auto& chunk : events.chunks) {
    const auto& delta = chunk["choices"][0]["delta"];
    keys.push_back(delta.empty() ? "" : delta.begin().key());
  }
  CHECK(keys == std::vector<std::string>{"role", "reasoning_content", "reasoning_content",
                                         "content", "content", ""});
  const auto body = ordered_json::parse(reply.body());
  CHECK(body["usage"]["completion_tokens"] == 4);
  CHECK(body["usage"]["completion_tokens_details"]["reasoning_tokens"] == 2);
  CHECK(body["choices"][0]["message"]["reasoning_content"].is_string());
  // A piece over both is two events, of one choice each.
  CHECK(events_of(reply.stream(4)).chunks.size() == 1 + 2 + 1);
}

TEST_CASE("cached prompt tokens are told") {
  Reply reply(asked(), style_of(2));
  reply.answer.cached_tokens = 2;
  const auto usage = ordered_json::parse(reply.body())["usage"];
  CHECK(usage["prompt_tokens_details"]["cached_tokens"] == 2);
}

TEST_CASE("log probabilities have one entry a token, in a stream as in a body") {
  auto question = asked();
  question.top_logprobs = 3;
  const Reply reply(question, style_of(4));
  const auto unary = ordered_json::parse(reply.body())["choices"][0]["logprobs"];
  CHECK(unary["refusal"].is_null());
  REQUIRE(unary["content"].size() == 4);
  for (std::uint32_t i = 0; i < 4; ++i) {
    const auto& entry = unary["content"][i];
    CHECK(entry["token"] == token_text(i));
    CHECK(entry["logprob"] < 0);
    std::string bytes;
    for (const auto& byte : entry["bytes"]) bytes += static_cast<char>(byte.get<int>());
    CHECK(bytes == token_text(i));
    REQUIRE(entry["top_logprobs"].size() == 3);
    CHECK(entry["top_logprobs"][0]["token"] == entry["token"]);
    CHECK(entry["top_logprobs"][0]["logprob"] == entry["logprob"]);
    CHECK(entry["top_logprobs"][1]["logprob"] > entry["top_logprobs"][2]["logprob"]);
  }
  for (const std::uint32_t tokens : {1U, 3U}) {
    auto streamed = ordered_json::array();
    for (const auto& chunk : events_of(reply.stream(tokens)).chunks) {
      const auto& logprobs = chunk["choices"][0].at("logprobs");
      if (logprobs.is_null()) continue;
      for (const auto& entry : logprobs["content"]) streamed.push_back(entry);
    }
    CHECK(streamed == unary["content"]);
  }
  question.top_logprobs = 0;
  const auto body = ordered_json::parse(Reply(question, style_of(1)).body());
  CHECK(body["choices"][0]["logprobs"]["content"][0]["top_logprobs"].empty());
}

TEST_CASE("a stamp has its room at the start of each content piece of the first choice") {
  auto question = asked();
  question.stamp_id = 5;
  question.choices = 2;
  question.reasoning = true;
  const Reply reply(question, style_of(3, 1));
  const auto writer = make_chat_writer(reply.question, reply.answer, kFacts);
  const std::string content = R"("delta":{"content":")";
  std::string out;
  CHECK(writer->piece(out, 0, 1) == kNoStamp);  // reasoning
  for (std::uint32_t i = 0; i < 3; ++i) {
    out = "before";
    const auto at = writer->piece(out, i + 1, i + 2);
    REQUIRE(at != kNoStamp);
    const auto size = i == 0 ? ReplyStamp::kSize : ChunkStamp::kSize;
    CHECK(out.substr(at - content.size(), content.size()) == content);
    CHECK(out.substr(at, size) == std::string(size, '0'));
    CHECK(out.substr(at + size, token_text(i).size()) == token_text(i));
    CHECK(events_of(std::string_view(out).substr(6)).chunks.size() == 2);
    CHECK(out.find("00000000000", at + size) == std::string::npos);  // the other choice has none
  }
  std::string body;
  const auto at = writer->body(body);
  REQUIRE(at != kNoStamp);
  CHECK(body.substr(at, ReplyStamp::kSize) == std::string(ReplyStamp::kSize, '0'));
  CHECK(body.substr(at - 11, 11) == R"("content":")");
  CHECK(ordered_json::parse(body)["usage"]["completion_tokens"] == 8);
}

TEST_CASE("an answer without content has no room for a stamp") {
  auto question = with_tools();
  question.stamp_id = 5;
  const Reply reply(question, style_of(3));
  const auto writer = make_chat_writer(reply.question, reply.answer, kFacts);
  std::string out;
  CHECK(writer->body(out) == kNoStamp);
  CHECK(writer->piece(out, 0, 100) == kNoStamp);
}

TEST_CASE("an error in the middle of a stream is an event with all four keys") {
  const Reply reply(asked(), style_of(3));
  std::string out;
  make_chat_writer(reply.question, reply.answer, kFacts)->fail(out, ApiError{500, "over \"it\""});
  const auto events = events_of(out);
  REQUIRE(events.chunks.size() == 1);
  CHECK(events.chunks[0]["error"]["message"] == "over \"it\"");
  CHECK(events.chunks[0]["error"].size() == 4);
}

}  // namespace
}  // namespace hopcost::mockserver
