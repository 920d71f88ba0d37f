// A request's body is read without being changed, and whatever is accepted keeps the API's limits.

#include <string>

#include "mockserver/api/chat_peek.hpp"
#include "tests/fuzz/fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using hopcost::fuzz::expect;
  const std::string before(hopcost::fuzz::text_of(bytes, size));
  std::string body = before;
  const auto request = hopcost::mockserver::peek_chat_request(body);
  expect(body == before, "the body is not changed");
  if (!request) {
    expect(request.error().status == 400 && !request.error().message.empty(),
           "a refusal is a 400 that says why");
    return 0;
  }
  constexpr std::uint32_t kMostTokens = 1'000'000;
  expect(request->prompt_tokens <= size, "a prompt has no more tokens than bytes");
  expect(!request->max_tokens || (*request->max_tokens >= 1 && *request->max_tokens <= kMostTokens),
         "max_tokens is within the API's limits");
  expect(body.find("messages") != std::string::npos || body.find('\\') != std::string::npos,
         "a request without messages is refused");
  return 0;
}
