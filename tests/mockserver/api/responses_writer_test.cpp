#include "common/stamp.hpp"
#include "mockserver/api/responses.hpp"
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
  question.dialect = Dialect::responses;
  question.model = "mock-1";
  question.prompts = {"Say something"};
  return question;
}

json body_of(const Question& question, const Answer& answer) {
  std::string text;
  CHECK(make_responses_writer(question, answer, kFacts)->body(text) == kNoStamp);
  return json::parse(text);
}

std::vector<Event> streamed(const Question& question, const Answer& answer,
                            std::uint32_t width = 1) {
  return stream_of(*make_responses_writer(question, answer, kFacts), answer, width).events();
}

/// What holds of every stream: names, numbers in a row, and the reply at its end.
void check_stream(const std::vector<Event>& events, const json& body) {
  for (std::size_t i = 0; i < events.size(); ++i) {
    CHECK(events[i].data["type"] == events[i].name);
    CHECK(events[i].data["sequence_number"] == i);
  }
  CHECK(events.back().data["response"] == body);
  std::vector<std::string> deltas(body["output"].size());
  for (const auto& event : events) {
    const std::size_t index = event.data.value("output_index", std::size_t{0});
    if (event.data.contains("delta")) {
      deltas.at(index) += event.data["delta"];
      CHECK(event.data["item_id"] == body["output"][index]["id"]);
    }
    if (event.name.ends_with("_text.done")) CHECK(event.data["text"] == deltas.at(index));
    if (event.name.ends_with("arguments.done")) CHECK(event.data["arguments"] == deltas.at(index));
    if (event.name.ends_with("part.done")) CHECK(event.data["part"]["text"] == deltas.at(index));
    if (event.name.ends_with("item.done")) CHECK(event.data["item"] == body["output"][index]);
  }
}

const Names kTextStart{"response.created", "response.in_progress", "response.output_item.added",
                       "response.content_part.added"};
const Names kTextEnd{"response.output_text.done", "response.content_part.done",
                     "response.output_item.done"};

Names operator+(Names left, const Names& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

}  // namespace

TEST_CASE("a response has the API's fields, with the API's defaults for settings nobody gave") {
  CHECK(body_of(asked(), answer_of(words(3))) == json::parse(R"({
    "id": "resp_0123456789abcdef", "object": "response", "created_at": 1700000000,
    "background": false, "error": null, "model": "mock-1", "instructions": null,
    "max_output_tokens": null, "max_tool_calls": null, "metadata": {}, "parallel_tool_calls": true,
    "previous_response_id": null, "reasoning": {"effort": null, "summary": null},
    "service_tier": "default", "store": true, "temperature": 1.0,
    "text": {"format": {"type": "text"}}, "tool_choice": "auto", "tools": [], "top_logprobs": 0,
    "top_p": 1.0, "truncation": "disabled", "user": null, "status": "completed",
    "incomplete_details": null,
    "output": [{"id": "msg_0123456789abcdef", "type": "message", "role": "assistant",
      "content": [{"type": "output_text", "annotations": [], "logprobs": [],
                   "text": " river stone light"}], "status": "completed"}],
    "usage": {"input_tokens": 9, "input_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 0},
              "output_tokens": 3, "output_tokens_details": {"reasoning_tokens": 0},
              "total_tokens": 12}})"));
}

TEST_CASE("a response shows the settings of its question") {
  auto question = asked();
  question.settings = {
      {"temperature", 0.5}, {"metadata", {{"a", "b"}}}, {"instructions", "Be \"short\""}};
  const auto body = body_of(question, answer_of(words(1)));
  CHECK(body["temperature"] == 0.5);
  CHECK(body["metadata"] == json({{"a", "b"}}));
  CHECK(body["instructions"] == "Be \"short\"");
  CHECK(body["top_p"] == 1.0);
}

TEST_CASE("a streamed response tells of its item, its part and its text, and has no [DONE]") {
  const auto question = asked();
  const auto answer = answer_of(words(3));
  const auto events = streamed(question, answer);
  const Names deltas(3, "response.output_text.delta");
  CHECK(names_of(events) == kTextStart + deltas + kTextEnd + Names{"response.completed"});
  check_stream(events, body_of(question, answer));
  auto begun = events[0].data["response"];
  CHECK(begun["status"] == "in_progress");
  CHECK(begun["output"] == json::array());
  CHECK(begun["usage"].is_null());
  CHECK(events[1].data["response"] == begun);
  CHECK(events[2].data["item"] == json::parse(R"({"id": "msg_0123456789abcdef", "type": "message",
    "role": "assistant", "content": [], "status": "in_progress"})"));
  CHECK(events[3].data["part"] ==
        json::parse(R"({"type": "output_text", "annotations": [], "logprobs": [], "text": ""})"));
  CHECK(events[4].data ==
        json::parse(R"({"type": "response.output_text.delta", "sequence_number": 4,
    "item_id": "msg_0123456789abcdef", "output_index": 0, "content_index": 0, "delta": " river",
    "logprobs": []})"));
  CHECK(events[7].data["logprobs"] == json::array());
}

TEST_CASE("a response that was cut is incomplete and says why") {
  const auto question = asked();
  auto choice = words(2);
  choice.finish = Finish::length;
  const auto answer = answer_of(choice);
  const auto body = body_of(question, answer);
  CHECK(body["status"] == "incomplete");
  CHECK(body["incomplete_details"] == json({{"reason", "max_output_tokens"}}));
  CHECK(body["output"][0]["status"] == "incomplete");
  const auto events = streamed(question, answer);
  CHECK(events.back().name == "response.incomplete");
  check_stream(events, body);
}

TEST_CASE("reasoning is an item before the message, as text or, where asked for, as a summary") {
  auto question = asked();
  const auto answer = answer_of(words(2, 2));
  const bool summary = GENERATE(false, true);
  if (summary) question.settings = {{"reasoning", {{"effort", "low"}, {"summary", "auto"}}}};
  const auto body = body_of(question, answer);
  REQUIRE(body["output"].size() == 2);
  CHECK(body["output"][0]["type"] == "reasoning");
  CHECK(body["output"][0]["id"] == "rs_0123456789abcdef");
  CHECK(body["output"][0][summary ? "summary" : "content"][0]["type"] ==
        (summary ? "summary_text" : "reasoning_text"));
  CHECK(body["usage"]["output_tokens_details"]["reasoning_tokens"] == 2);

  const Names start{"response.created", "response.in_progress", "response.output_item.added"};
  const Names reasoning =
      summary
          ? Names{"response.reasoning_summary_part.added", "response.reasoning_summary_text.delta",
                  "response.reasoning_summary_text.delta", "response.reasoning_summary_text.done",
                  "response.reasoning_summary_part.done",  "response.output_item.done"}
          : Names{"response.content_part.added",   "response.reasoning_text.delta",
                  "response.reasoning_text.delta", "response.reasoning_text.done",
                  "response.content_part.done",    "response.output_item.done"};
  const Names message{"response.output_item.added", "response.content_part.added",
                      "response.output_text.delta", "response.output_text.delta"};
  const auto events = streamed(question, answer);
  CHECK(names_of(events) == start + reasoning + message + kTextEnd + Names{"response.completed"});
  check_stream(events, body);
  check_stream(streamed(question, answer, 3), body);
}

TEST_CASE("an answer that was cut while it still reasoned has no message") {
  const auto question = asked();
  auto choice = words(0, 3);
  choice.finish = Finish::length;
  const auto body = body_of(question, answer_of(choice));
  REQUIRE(body["output"].size() == 1);
  CHECK(body["output"][0]["status"] == "incomplete");
}

TEST_CASE("every call of a response is an item whose arguments come in fragments") {
  const auto question = asked();
  Choice choice;
  choice.calls = {call_of("look_up", R"({"city": "Oslo", "days": 3})"), call_of("stop", "{}")};
  choice.finish = Finish::tool_calls;
  const auto answer = answer_of(choice);
  const auto body = body_of(question, answer);
  CHECK(body["status"] == "completed");
  CHECK(body["output"] == json::parse(R"([
    {"id": "fc_0123456789abcdef_0", "type": "function_call", "name": "look_up",
     "call_id": "call_abcdefghijklmnopqrstuvwx",
     "arguments": "{\"city\": \"Oslo\", \"days\": 3}", "status": "completed"},
    {"id": "fc_0123456789abcdef_1", "type": "function_call", "name": "stop",
     "call_id": "call_abcdefghijklmnopqrstuvwx", "arguments": "{}", "status": "completed"}])"));
  const auto events = streamed(question, answer);
  const std::string delta = "response.function_call_arguments.delta";
  CHECK(names_of(events) == Names{"response.created", "response.in_progress",
                                  "response.output_item.added", delta, delta, delta, delta,
                                  "response.function_call_arguments.done",
                                  "response.output_item.done", "response.output_item.added", delta,
                                  "response.function_call_arguments.done",
                                  "response.output_item.done", "response.completed"});
  CHECK(events[2].data["item"]["arguments"] == "");
  CHECK(events[2].data["item"]["status"] == "in_progress");
  check_stream(events, body);
}

TEST_CASE("the stamps of a response lead its content, and what is repeated at the end has none") {
  auto question = asked();
  question.stamp_id = 5;
  const auto answer = answer_of(words(2, 1));
  std::string text;
  const auto at = make_responses_writer(question, answer, kFacts)->body(text);
  REQUIRE(at != kNoStamp);
  write_stamp(text.data() + at, ReplyStamp{5, 1, 2});
  const std::string said = json::parse(text)["output"][1]["content"][0]["text"];
  CHECK(read_reply_stamp(said)->id == 5);

  auto stream = stream_of(*make_responses_writer(question, answer, kFacts), answer);
  REQUIRE(stream.stamps.size() == 3);
  CHECK(stream.stamps[0] == kNoStamp);
  write_stamp(stream.text.data() + stream.stamps[1], ReplyStamp{5, 1, 2});
  write_stamp(stream.text.data() + stream.stamps[2], ChunkStamp{1, 3});
  std::vector<std::string> deltas;
  for (const auto& event : stream.events()) {
    if (event.name == "response.output_text.delta") deltas.push_back(event.data["delta"]);
    if (event.name == "response.output_text.done") CHECK(event.data["text"] == " river stone");
    if (event.name == "response.completed") {
      CHECK(event.data["response"]["output"][1]["content"][0]["text"] == " river stone");
    }
  }
  REQUIRE(deltas.size() == 2);
  CHECK(read_reply_stamp(deltas[0])->id == 5);
  CHECK(read_chunk_stamp(deltas[1])->sequence == 1);
}

TEST_CASE("an error in a response's stream is an event with the next number") {
  const auto question = asked();
  const auto answer = answer_of(words(1));
  const auto writer = make_responses_writer(question, answer, kFacts);
  std::string text;
  writer->open(text);
  writer->fail(text, {500, "broke", "", "", "server_error"});
  const auto events = events_of(text);
  REQUIRE(events.size() == 5);
  CHECK(events[4].name == "error");
  CHECK(events[4].data == json::parse(R"({"type": "error", "sequence_number": 4,
    "code": "server_error", "message": "broke", "param": null})"));
}
