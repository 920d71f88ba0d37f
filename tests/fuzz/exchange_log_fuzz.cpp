// A line that is accepted is written as a line that is read back as the same, secrets aside, and
// what a book holds answers the request it was recorded from.

#include "common/error.hpp"
#include "mockserver/admin/exchange_log.hpp"
#include "mockserver/admin/replay_book.hpp"
#include "tests/fuzz/fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace hopcost::mockserver;
  using hopcost::fuzz::expect;
  const auto line = hopcost::fuzz::text_of(bytes, size);
  (void)ReplayBook::same_meaning(line);
  const auto read = from_line(line, "f:1");
  if (!read) {
    expect(read.error().exit_code() == 64 && read.error().where.starts_with("f:1"),
           "a bad line is a usage error at its place");
    return 0;
  }
  const std::string written = to_line(*read);
  expect(written.find('\n') == std::string::npos, "an exchange is one line");
  const auto again = from_line(written, "f:1");
  expect(again.has_value(), "a written line is read back");
  expect(to_line(*again) == written, "a written line is read back as the same");
  expect(again->body == read->body && again->reply == read->reply, "bodies are kept");
  const auto book = ReplayBook::of({*read});
  const auto* found = book.find(read->method, read->target, read->body);
  expect(found != nullptr && *found == *read, "a recorded request is answered");
  return 0;
}
