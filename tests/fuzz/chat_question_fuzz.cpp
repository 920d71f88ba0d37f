// Whatever the complete reader accepts is answered, and the stream and the body of the answer are
// JSON that says the same. The first byte says how many tokens a piece of the stream has and how
// the model answers; the rest is the request's body.

#include <string>

#include "mockserver/api/chat_reader.hpp"
#include "mockserver/api/limits.hpp"
#include "mockserver/api/read_common.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/mockserver/api/chat_collect.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using hopcost::fuzz::expect;
  using namespace hopcost::mockserver;
  if (size == 0) return 0;
  const unsigned how = bytes[0];
  const std::string before(hopcost::fuzz::text_of(bytes + 1, size - 1));
  std::string body = before;
  const auto question = read_chat_question(body);
  expect(body == before, "the body is not changed");
  if (!question) {
    expect(question.error().status == 400 && !question.error().message.empty(),
           "a refusal is a 400 that says why");
    return 0;
  }
  AnswerStyle style;
  style.mode = static_cast<AnswerStyle::Mode>(how % 3);
  style.output_tokens = 1 + how % 16;
  style.reasoning_tokens = how % 5;
  if (too_large(*question, style)) return 0;
  const Answer answer = compose(*question, style);
  expect(answer.choices.size() == question->choices, "as many choices as were asked for");
  expect(answer.completion_tokens <= kMaxTokens, "an answer keeps the API's limits");
  if (question->max_tokens) {
    expect(answer.steps() <= *question->max_tokens, "no choice is longer than max_tokens");
  }
  // A million tokens one by one take too long for a fuzz target.
  if (answer.completion_tokens > 4096) return 0;

  const ReplyFacts facts{"0123456789abcdef", "1700000000", question->model};
  const auto writer = make_writer(*question, answer, facts);
  std::string unary;
  const auto stamp_at = writer->body(unary);
  expect((stamp_at != kNoStamp) ==
             (question->stamp_id.has_value() && !answer.choices[0].content.empty()),
         "a stamp has room where there is content");
  const auto document = nlohmann::ordered_json::parse(unary);
  expect(document["usage"]["completion_tokens"] == answer.completion_tokens, "usage is true");
  const auto stream = chat_collect::stream_of(*writer, answer.steps(), 1 + how / 64);
  const auto events = chat_collect::events_of(stream);
  expect(events.done, "a stream ends with its terminator");
  for (std::size_t i = 0; i < answer.choices.size(); ++i) {
    auto one = chat_collect::message_of(document["choices"][i]);
    auto other = chat_collect::message_of(events.chunks, i);
    if (question->stamp_id && i == 0) {  // which the stream has more of
      one.erase("content");
      other.erase("content");
    }
    expect(one == other, "the stream adds up to the body");
    for (const auto& call : one["calls"]) {
      if (answer.choices[i].finish == Finish::length) continue;
      expect(nlohmann::ordered_json::parse(call["arguments"].get<std::string>()).is_object(),
             "arguments are a JSON object");
    }
  }
  return 0;
}
