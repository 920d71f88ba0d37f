// What one streamed chunk and one request cost in the load generator's hot functions.

#include <string>

#include <benchmark/benchmark.h>

#include "common/histogram.hpp"
#include "common/sse.hpp"
#include "common/stamp.hpp"
#include "common/tokens.hpp"
#include "loadgen/exchange/reply_json.hpp"
#include "loadgen/exchange/reply_reader.hpp"

namespace {

using namespace hopcost;

const std::string kChunk =
    R"({"id":"chatcmpl-0123456789abcdef","object":"chat.completion.chunk","created":1700000000,)"
    R"("model":"mock-model","choices":[{"index":0,"delta":{"content":)"
    R"("~c:000001:0000000000123456789~ stone"},"logprobs":null,"finish_reason":null}],"usage":null})";

void histogram_record(benchmark::State& state) {
  Histogram histogram;
  std::int64_t value = 1;
  for (auto _ : state) {
    value = (value * 6364136223846793005LL + 1442695040888963407LL) & 0x3fffff;
    histogram.record(value);
  }
  benchmark::DoNotOptimize(histogram.count());
}
BENCHMARK(histogram_record);

void stamp_write_and_read(benchmark::State& state) {
  char text[ChunkStamp::kSize];
  Nanos now = 1'234'567'890'123;
  for (auto _ : state) {
    write_stamp(text, ChunkStamp{7, ++now});
    benchmark::DoNotOptimize(read_chunk_stamp({text, sizeof text}));
  }
}
BENCHMARK(stamp_write_and_read);

void sse_event(benchmark::State& state) {
  const std::string event = "data: " + kChunk + "\n\n";
  SseDecoder decoder;
  std::size_t bytes = 0;
  for (auto _ : state) {
    decoder.feed(event, [&](const SseEvent& e) { bytes += e.data.size(); });
  }
  benchmark::DoNotOptimize(bytes);
}
BENCHMARK(sse_event);

void chunk_json(benchmark::State& state) {
  loadgen::ReplyJson json;
  for (auto _ : state) benchmark::DoNotOptimize(json.read_event(kChunk));
}
BENCHMARK(chunk_json);

void count_prompt_tokens(benchmark::State& state) {
  std::string prompt;
  append_tokens(prompt, 0, 512);
  for (auto _ : state) benchmark::DoNotOptimize(count_tokens(prompt));
}
BENCHMARK(count_prompt_tokens);

}  // namespace
