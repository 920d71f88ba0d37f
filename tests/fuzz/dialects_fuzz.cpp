// Whatever a body is, each reader refuses it or gives a question whose answer, whole and streamed,
// is right: JSON, and the same text in both.

#include <algorithm>
#include <expected>
#include <string>

#include <nlohmann/json.hpp>

#include "mockserver/api/completions.hpp"
#include "mockserver/api/messages.hpp"
#include "mockserver/api/read_common.hpp"
#include "mockserver/api/responses.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

using namespace hopcost::mockserver;
using hopcost::fuzz::expect;
using std::string_view;

/// Enough to answer with; a longer one would only take time.
constexpr std::uint32_t kMostTokens = 256;

void expect_events(string_view stream) {
  constexpr string_view kData = "data: ";
  while (!stream.empty()) {
    const auto end = stream.find("\n\n");
    expect(end != string_view::npos, "every event ends");
    auto event = stream.substr(0, end);
    stream.remove_prefix(end + 2);
    if (event.starts_with("event: "))
      event.remove_prefix(std::min(event.size(), event.find('\n') + 1));
    expect(event.starts_with(kData), "every event has data");
    event.remove_prefix(kData.size());
    expect(event == "[DONE]" || nlohmann::json::accept(event), "every event is JSON");
  }
}

using Reader = std::expected<Question, ApiError> (*)(std::string&);

void run(Reader read, const std::string& bytes) {
  std::string body = bytes;
  const auto question = read(body);
  expect(body == bytes, "the body is not changed");
  if (!question) {
    expect(question.error().status == 400 && !question.error().message.empty(),
           "a refusal is a 400 that says why");
    expect(nlohmann::json::accept(messages_error_body(question.error())), "an error is JSON");
    return;
  }
  AnswerStyle style;
  style.output_tokens = 5;
  style.reasoning_tokens = 3;
  if (bytes.size() % 2 == 1) style.mode = AnswerStyle::Mode::echo;
  if (too_large(*question, style)) return;
  if (question->ignore_eos && question->max_tokens.value_or(0) > kMostTokens) return;
  const auto answer = compose(*question, style);
  expect(answer.choices.size() == question->prompts.size() * question->choices,
         "every prompt has its choices");

  const ReplyFacts facts{"0123456789abcdef", "1700000000", question->model};
  const auto writer = make_writer(*question, answer, facts);
  std::string whole;
  const auto stamp_at = writer->body(whole);
  expect(nlohmann::json::accept(whole), "a body is JSON");
  expect(stamp_at == kNoStamp || (question->stamp_id && whole[stamp_at] == '0'),
         "room for a stamp only where one is wanted");
  std::string stream;
  writer->open(stream);
  for (std::uint32_t step = 0; step < answer.steps(); step += 2) {
    const auto at = writer->piece(stream, step, step + 2);
    expect(at == kNoStamp || (question->stamp_id && stream[at] == '0'),
           "room for a stamp only where one is wanted");
  }
  writer->close(stream, true);
  expect_events(stream);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string body(hopcost::fuzz::text_of(bytes, size));
  for (const Reader reader :
       {&read_completions_question, &read_responses_question, &read_messages_question}) {
    run(reader, body);
  }
  return 0;
}
