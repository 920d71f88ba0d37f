// What one request and one streamed token cost in the functions of the mock's short way. Prints;
// asserts nothing: mockserver_micro --benchmark_filter=...

#include <string>

#include <benchmark/benchmark.h>

#include "common/http_parser.hpp"
#include "common/tokens.hpp"
#include "mockserver/api/chat_peek.hpp"
#include "mockserver/api/plain_chat_stream.hpp"
#include "mockserver/api/prepared_chat.hpp"

namespace {

using namespace hopcost;
using namespace hopcost::mockserver;

constexpr PlainChatFacts kStamped{.id = "0123456789abcdef",
                                  .created = "1700000000",
                                  .tokens = 64,
                                  .prompt_tokens = 32,
                                  .stamp_id = 7,
                                  .received_ns = 1'234'567'890'123};

std::string request_body(std::uint64_t prompt_tokens) {
  std::string prompt;
  append_tokens(prompt, 0, prompt_tokens);
  return R"({"model":"mock-model","messages":[{"role":"user","content":")" + prompt +
         R"("}],"max_tokens":64,"stream":true})";
}

void peek_request(benchmark::State& state) {
  auto body = request_body(static_cast<std::uint64_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(peek_plain_chat(body));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
}
BENCHMARK(peek_request)->Arg(32)->Arg(1000);

/// Parses the head of a request as load generators send it.
struct Nothing {
  void on_request(http::verb, std::string_view, std::string_view) {}
  void on_field(http::field, std::string_view, std::string_view) {}
  void on_header() {}
  void on_body(std::string_view) {}
};
void parse_request(benchmark::State& state) {
  const auto body = request_body(32);
  const std::string bytes =
      "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n"
      "Content-Type: application/json\r\nContent-Length: " +
      std::to_string(body.size()) + "\r\n\r\n" + body;
  Nothing handler;
  for (auto _ : state) {
    RequestParser<Nothing> parser(handler);
    error_code fault;
    benchmark::DoNotOptimize(parser.feed(bytes, fault));
  }
}
BENCHMARK(parse_request);

void unary_body(benchmark::State& state) {
  const PreparedChat prepared("mock-model");
  std::string out;
  for (auto _ : state) {
    out.clear();
    benchmark::DoNotOptimize(prepared.append_body(out, kStamped));
  }
}
BENCHMARK(unary_body);

/// One streamed answer, part by part, with a stamp in each; the time is that of a token.
void stream_token(benchmark::State& state) {
  const PreparedChat prepared("mock-model");
  auto facts = kStamped;
  facts.tokens = 1000;
  PlainChatStream stream;
  std::string out;
  for (auto _ : state) {
    if (stream.next() == ReplyStream::Part::none) stream.begin(prepared, facts, false, 1);
    out.clear();
    stream.append_next(out);
    if (stream.needs_stamp()) stream.stamp(out, 1'234'567'890'123);
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(stream_token);

}  // namespace

BENCHMARK_MAIN();
