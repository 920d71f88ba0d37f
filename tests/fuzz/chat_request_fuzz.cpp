// The fast reader of chat requests changes no byte, and says nothing else than the complete one.

#include <string>

#include "mockserver/api/chat_peek.hpp"
#include "mockserver/api/chat_reader.hpp"
#include "tests/fuzz/fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using hopcost::fuzz::expect;
  const std::string before(hopcost::fuzz::text_of(bytes, size));
  std::string body = before;
  const auto chat = hopcost::mockserver::peek_plain_chat(body);
  expect(body == before, "the body is not changed");
  if (!chat) return 0;
  const auto question = hopcost::mockserver::read_chat_question(body);
  expect(question.has_value(), "what is plain is not refused");
  expect(question->model == chat->model, "the same model");
  expect(question->prompt_tokens == chat->prompt_tokens, "the same prompt");
  expect(question->max_tokens == chat->max_tokens, "the same limit");
  expect(question->stamp_id == chat->stamp_id, "the same stamp");
  expect(question->stream == chat->stream, "streamed or not");
  expect(question->include_usage == chat->include_usage, "the same usage");
  expect(question->ignore_eos == chat->ignore_eos, "the same end");
  expect(question->choices == 1 && question->tools.empty() && question->stop.empty() &&
             !question->seed && !question->top_logprobs && !question->reasoning,
         "nothing but plain text is asked for");
  return 0;
}
