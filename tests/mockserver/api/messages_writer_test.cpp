#include <map>

#include "common/stamp.hpp"
#include "mockserver/api/messages.hpp"
#include "tests/catch.hpp"
#include "tests/mockserver/api/written.hpp"

using namespace hopcost;
using namespace hopcost::mockserver;
using namespace hopcost::mockserver::test;
using nlohmann::json;
using Names = std::vector<std::string>;

namespace {

Question asked() {
  Question question;
  question.dialect = Dialect::messages;
  question.model = "mock-1";
  question.prompts = {"Say something"};
  return question;
}

json body_of(const Question& question, const Answer& answer) {
  std::string text;
  CHECK(make_messages_writer(question, answer, kFacts)->body(text) == kNoStamp);
  return json::parse(text);
}

std::vector<Event> streamed(const Question& question, const Answer& answer,
                            std::uint32_t width = 1) {
  return stream_of(*make_messages_writer(question, answer, kFacts), answer, width).events();
}

/// Puts a stream together as a client does.
json assembled(const std::vector<Event>& events) {
  json message;
  std::map<std::size_t, std::string> inputs;
  for (const auto& event : events) {
    CHECK(event.data["type"] == event.name);
    if (event.name == "message_start") message = event.data["message"];
    const std::size_t index = event.data.value("index", std::size_t{0});
    if (event.name == "content_block_start") {
      CHECK(index == message["content"].size());
      message["content"].push_back(event.data["content_block"]);
    }
    if (event.name == "content_block_delta") {
      auto& block = message["content"].at(index);
      for (const auto* const key : {"text", "thinking", "signature"}) {
        if (!event.data["delta"].contains(key)) continue;
        block[key] = block[key].get<std::string>() + event.data["delta"][key].get<std::string>();
      }
      if (event.data["delta"]["type"] == "input_json_delta") {
        inputs[index] += event.data["delta"]["partial_json"];
      }
    }
    if (event.name == "message_delta") {
      message.update(event.data["delta"]);
      message["usage"] = event.data["usage"];
    }
  }
  for (const auto& [index, input] : inputs) message["content"][index]["input"] = json::parse(input);
  return message;
}

}  // namespace

TEST_CASE("a message has the fields of Anthropic's API") {
  CHECK(body_of(asked(), answer_of(words(3))) == json::parse(R"({
    "id": "msg_0123456789abcdef", "type": "message", "role": "assistant", "model": "mock-1",
    "content": [{"type": "text", "text": " river stone light"}],
    "stop_reason": "end_turn", "stop_sequence": null,
    "usage": {"input_tokens": 5, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 4,
              "output_tokens": 3, "output_tokens_details": {"thinking_tokens": 0}}})"));
}

TEST_CASE("a streamed message has its events in order and is the same message") {
  const auto question = asked();
  const auto answer = answer_of(words(2));
  const auto events = streamed(question, answer);
  CHECK(names_of(events) == Names{"message_start", "content_block_start", "ping",
                                  "content_block_delta", "content_block_delta",
                                  "content_block_stop", "message_delta", "message_stop"});
  CHECK(events[0].data["message"]["content"] == json::array());
  CHECK(events[0].data["message"]["stop_reason"].is_null());
  CHECK(events[0].data["message"]["usage"]["output_tokens"] == 0);
  CHECK(events[3].data == json::parse(R"({"type": "content_block_delta", "index": 0,
                                          "delta": {"type": "text_delta", "text": " river"}})"));
  CHECK(assembled(events) == body_of(question, answer));
}

TEST_CASE("a message says why it stopped") {
  auto choice = words(2);
  const auto question = asked();
  choice.finish = Finish::length;
  CHECK(body_of(question, answer_of(choice))["stop_reason"] == "max_tokens");
  choice.finish = Finish::stop;
  choice.stop_sequence = "\"end\"";
  const auto answer = answer_of(choice);
  const auto body = body_of(question, answer);
  CHECK(body["stop_reason"] == "stop_sequence");
  CHECK(body["stop_sequence"] == "\"end\"");
  CHECK(assembled(streamed(question, answer)) == body);
}

TEST_CASE("thinking and calls are blocks of their own, whole and streamed alike") {
  const auto question = asked();
  Choice choice = words(0, 3);
  choice.calls = {call_of("look_up", R"({"city": "Oslo", "days": 3})"), call_of("end", "{}")};
  choice.finish = Finish::tool_calls;
  const auto answer = answer_of(choice);
  const auto body = body_of(question, answer);
  REQUIRE(body["content"].size() == 3);
  CHECK(body["content"][0]["type"] == "thinking");
  CHECK_FALSE(body["content"][0]["signature"].get<std::string>().empty());
  CHECK(body["content"][1] == json::parse(R"({"type": "tool_use", "name": "look_up",
    "id": "toolu_abcdefghijklmnopqrstuvwx", "input": {"city": "Oslo", "days": 3}})"));
  CHECK(body["content"][2]["input"] == json::object());
  CHECK(body["stop_reason"] == "tool_use");
  CHECK(body["usage"]["output_tokens_details"]["thinking_tokens"] == 3);
  for (const std::uint32_t width : {1U, 2U, 100U}) {
    CHECK(assembled(streamed(question, answer, width)) == body);
  }
  const auto events = streamed(question, answer, 100);
  CHECK(names_of(events) ==
        Names{"message_start", "content_block_start", "ping", "content_block_delta",
              "content_block_delta", "content_block_stop", "content_block_start",
              "content_block_delta", "content_block_stop", "content_block_start",
              "content_block_delta", "content_block_stop", "message_delta", "message_stop"});
}

TEST_CASE("arguments that were cut short are an empty input of a message") {
  Choice choice;
  choice.calls = {call_of("look_up", R"({"city": )")};
  choice.finish = Finish::length;
  CHECK(body_of(asked(), answer_of(choice))["content"][0]["input"] == json::object());
}

TEST_CASE("the stamps of a message lead its text") {
  auto question = asked();
  question.stamp_id = 5;
  const auto answer = answer_of(words(2, 1));
  std::string text;
  const auto at = make_messages_writer(question, answer, kFacts)->body(text);
  REQUIRE(at != kNoStamp);
  write_stamp(text.data() + at, ReplyStamp{5, 1, 2});
  const std::string said = json::parse(text)["content"][1]["text"];
  CHECK(read_reply_stamp(said)->id == 5);
  auto stream = stream_of(*make_messages_writer(question, answer, kFacts), answer);
  REQUIRE(stream.stamps.size() == 3);
  CHECK(stream.stamps[0] == kNoStamp);
  write_stamp(stream.text.data() + stream.stamps[1], ReplyStamp{5, 1, 2});
  write_stamp(stream.text.data() + stream.stamps[2], ChunkStamp{1, 3});
  std::vector<std::string> deltas;
  for (const auto& event : stream.events()) {
    if (event.name != "content_block_delta") continue;
    if (event.data["delta"]["type"] == "text_delta") deltas.push_back(event.data["delta"]["text"]);
  }
  REQUIRE(deltas.size() == 2);
  CHECK(read_reply_stamp(deltas[0])->id == 5);
  CHECK(read_chunk_stamp(deltas[1])->sent_ns == 3);
}

TEST_CASE("the errors of messages have the type that this API has for their status") {
  const std::map<int, std::string> types{{400, "invalid_request_error"},
                                         {401, "authentication_error"},
                                         {403, "permission_error"},
                                         {404, "not_found_error"},
                                         {413, "request_too_large"},
                                         {422, "invalid_request_error"},
                                         {429, "rate_limit_error"},
                                         {500, "api_error"},
                                         {503, "api_error"},
                                         {504, "timeout_error"},
                                         {529, "overloaded_error"}};
  for (const auto& [status, type] : types) {
    const auto body = json::parse(messages_error_body({status, "why \xff"}));
    CHECK(body ==
          json({{"type", "error"}, {"error", {{"type", type}, {"message", "why \xef\xbf\xbd"}}}}));
  }
  const auto question = asked();
  const auto answer = answer_of(words(1));
  std::string text;
  make_messages_writer(question, answer, kFacts)->fail(text, {529, "busy"});
  const auto events = events_of(text);
  REQUIRE(events.size() == 1);
  CHECK(events[0].name == "error");
  CHECK(events[0].data["error"]["type"] == "overloaded_error");
}
