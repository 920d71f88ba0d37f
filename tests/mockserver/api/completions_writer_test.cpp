#include <set>

#include "common/stamp.hpp"
#include "mockserver/api/completions.hpp"
#include "tests/catch.hpp"
#include "tests/mockserver/api/written.hpp"

using namespace hopcost;
using namespace hopcost::mockserver;
using namespace hopcost::mockserver::test;
using nlohmann::json;

namespace {

Question asked() {
  Question question;
  question.dialect = Dialect::completions;
  question.model = "mock-1";
  question.prompts = {"Say something"};
  return question;
}

json body_of(const Question& question, const Answer& answer) {
  std::string text;
  CHECK(make_completions_writer(question, answer, kFacts)->body(text) == kNoStamp);
  return json::parse(text);
}

std::string streamed_text(const std::vector<Event>& events, std::size_t choice) {
  std::string text;
  for (const auto& event : events) {
    if (event.data.is_null()) continue;
    for (const auto& part : event.data["choices"]) {
      if (part["index"] == choice) text += part["text"];
    }
  }
  return text;
}

}  // namespace

TEST_CASE("a completion has the API's fields and no others") {
  CHECK(body_of(asked(), answer_of(words(3))) == json::parse(R"({
    "id": "cmpl-0123456789abcdef", "object": "text_completion", "created": 1700000000,
    "choices": [{"text": " river stone light", "index": 0, "logprobs": null,
                 "finish_reason": "stop"}],
    "model": "mock-1",
    "usage": {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12,
              "prompt_tokens_details": {"cached_tokens": 4},
              "completion_tokens_details": {"reasoning_tokens": 0}}})"));
}

TEST_CASE("a streamed completion ends with an empty text, its finish reason, usage and [DONE]") {
  auto question = asked();
  question.include_usage = true;
  auto choice = words(2);
  choice.finish = Finish::length;
  const auto answer = answer_of(choice);
  const auto events =
      stream_of(*make_completions_writer(question, answer, kFacts), answer).events();
  REQUIRE(events.size() == 5);
  const auto chunk = [](const char* text, const char* finish) {
    return json::parse(R"({"id": "cmpl-0123456789abcdef", "object": "text_completion",
      "created": 1700000000, "model": "mock-1", "usage": null,
      "choices": [{"text": ")" +
                       std::string(text) + R"(", "index": 0, "logprobs": null, "finish_reason": )" +
                       finish + "}]}");
  };
  CHECK(events[0].data == chunk(" river", "null"));
  CHECK(events[1].data == chunk(" stone", "null"));
  CHECK(events[2].data == chunk("", "\"length\""));
  CHECK(events[3].data["choices"] == json::array());
  CHECK(events[3].data["usage"]["total_tokens"] == 11);
  CHECK(events[4].data.is_null());
}

TEST_CASE(
    "without usage asked for no event of a completion speaks of it, and [DONE] can be kept back") {
  const auto question = asked();
  const auto answer = answer_of(words(1));
  const auto writer = make_completions_writer(question, answer, kFacts);
  std::string text;
  writer->open(text);
  (void)writer->piece(text, 0, 1);
  writer->close(text, false);
  const auto events = events_of(text);
  REQUIRE(events.size() == 2);
  for (const auto& event : events) CHECK_FALSE(event.data.contains("usage"));
}

TEST_CASE(
    "every prompt of a completion has n choices, numbered in a row, whole and streamed alike") {
  auto question = asked();
  question.prompts = {"one", "two two"};
  question.choices = 2;
  question.echo_prompt = true;
  Answer answer = answer_of(words(4));
  answer.choices.push_back(words(2, 1));
  answer.choices.push_back(words(0));
  answer.choices.push_back(words(3));
  const auto body = body_of(question, answer);
  const auto width = GENERATE(1U, 3U);
  const auto events =
      stream_of(*make_completions_writer(question, answer, kFacts), answer, width).events();
  REQUIRE(body["choices"].size() == 4);
  const std::vector<std::string> texts{"one river stone light under", "one river stone", "two two",
                                       "two two river stone light"};
  for (std::size_t i = 0; i < texts.size(); ++i) {
    CHECK(body["choices"][i]["index"] == i);
    CHECK(body["choices"][i]["text"] == texts[i]);
    CHECK(streamed_text(events, i) == texts[i]);
  }
}

TEST_CASE("log probabilities of a completion are lists of one length, with offsets in characters") {
  auto question = asked();
  question.prompts = {"\xc3\xa4h so  "};
  question.echo_prompt = true;
  question.top_logprobs = 3;
  const auto answer = answer_of(words(2));
  const auto whole = body_of(question, answer)["choices"][0]["logprobs"];
  CHECK(whole["tokens"] == json({"\xc3\xa4h", " so  ", " river", " stone"}));
  CHECK(whole["text_offset"] == json({0, 2, 7, 13}));
  REQUIRE(whole["token_logprobs"].size() == 4);
  REQUIRE(whole["top_logprobs"].size() == 4);
  for (std::size_t i = 0; i < 4; ++i) {
    const auto& top = whole["top_logprobs"][i];
    CHECK(top.size() == 3);
    CHECK(top[whole["tokens"][i].get<std::string>()] == whole["token_logprobs"][i]);
    for (const auto& value : top) {
      CHECK(value < 0);
      CHECK(value <= whole["token_logprobs"][i]);
    }
  }

  const auto events =
      stream_of(*make_completions_writer(question, answer, kFacts), answer).events();
  json joined{{"tokens", json::array()},
              {"token_logprobs", json::array()},
              {"top_logprobs", json::array()},
              {"text_offset", json::array()}};
  for (const auto& event : events) {
    if (event.data.is_null() || event.data["choices"][0]["logprobs"].is_null()) continue;
    for (auto& [key, list] : joined.items()) {
      for (const auto& value : event.data["choices"][0]["logprobs"][key]) list.push_back(value);
    }
  }
  CHECK(joined == whole);
}

TEST_CASE("no alternatives to a completion's tokens are no list of them") {
  auto question = asked();
  question.top_logprobs = 0;
  const auto logprobs = body_of(question, answer_of(words(2)))["choices"][0]["logprobs"];
  CHECK(logprobs["top_logprobs"].is_null());
  CHECK(logprobs["token_logprobs"].size() == 2);
}

TEST_CASE("the stamps of a completion stand before the answer of its first choice") {
  auto question = asked();
  question.stamp_id = 77;
  question.echo_prompt = true;
  question.choices = 2;
  Answer answer = answer_of(words(3));
  answer.choices.push_back(words(5));

  SECTION("in one body") {
    std::string text;
    const auto at = make_completions_writer(question, answer, kFacts)->body(text);
    REQUIRE(at != kNoStamp);
    write_stamp(text.data() + at, ReplyStamp{77, 5, 6});
    const std::string said = json::parse(text)["choices"][0]["text"];
    const auto stamp = read_reply_stamp(std::string_view(said).substr(question.prompts[0].size()));
    REQUIRE(stamp);
    CHECK(stamp->id == 77);
    CHECK(said.ends_with("~ river stone light"));
    CHECK(json::parse(text)["choices"][1]["text"] == "Say something river stone light under quiet");
  }
  SECTION("in a stream") {
    const auto writer = make_completions_writer(question, answer, kFacts);
    auto stream = stream_of(*writer, answer);
    REQUIRE(stream.stamps.size() == 5);
    write_stamp(stream.text.data() + stream.stamps[0], ReplyStamp{77, 5, 6});
    write_stamp(stream.text.data() + stream.stamps[1], ChunkStamp{1, 7});
    write_stamp(stream.text.data() + stream.stamps[2], ChunkStamp{2, 8});
    CHECK(stream.stamps[3] == kNoStamp);
    CHECK(stream.stamps[4] == kNoStamp);
    const auto events = stream.events();
    std::vector<std::string> texts;
    for (const auto& event : events) {
      if (!event.data.is_null() && event.data["choices"][0]["index"] == 0) {
        texts.push_back(event.data["choices"][0]["text"]);
      }
    }
    REQUIRE(texts.size() == 5);
    CHECK(texts[0] == question.prompts[0]);
    CHECK(read_reply_stamp(texts[1])->id == 77);
    CHECK(read_chunk_stamp(texts[2])->sequence == 1);
    CHECK(read_chunk_stamp(texts[3])->sent_ns == 8);
    CHECK(streamed_text(events, 1) == "Say something river stone light under quiet");
  }
}

TEST_CASE("an error in a completion's stream is the API's error object") {
  const auto question = asked();
  const auto answer = answer_of(words(1));
  std::string text;
  make_completions_writer(question, answer, kFacts)
      ->fail(text, {500, "broke", "", "x", "server_error"});
  const auto events = events_of(text);
  REQUIRE(events.size() == 1);
  CHECK(events[0].data == json::parse(R"({"error": {"message": "broke", "type": "server_error",
                                                    "param": null, "code": "x"}})"));
}
