// What a streamed reply is found to be does not depend on where its bytes were cut.

#include <string>
#include <tuple>
#include <vector>

#include "loadgen/exchange/reply_reader.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

using namespace hopcost::loadgen;

auto read(Api api, const std::vector<std::string>& pieces) {
  ReplyJson json(api);
  ReplyReader reader(json);
  MetricSet metrics;
  reader.begin(true, 1, &metrics);
  for (const auto& piece : pieces) reader.take(piece, 1'000);
  reader.finish(2'000);
  const auto& f = reader.facts();
  return std::tuple(f.failure, f.message, f.chunks, f.merged, f.finished, f.done, f.has_usage,
                    f.prompt_tokens, f.completion_tokens, metrics[Metric::chunk_gap].count(),
                    metrics[Metric::chunk_transit].count());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const auto input = hopcost::fuzz::cut(hopcost::fuzz::text_of(bytes, size));
  for (const auto api : {Api::chat, Api::completions, Api::embeddings, Api::responses}) {
    hopcost::fuzz::expect(read(api, input.pieces) == read(api, {input.text}),
                          "cutting the reply changes nothing");
    ReplyJson json(api);
    ReplyReader unary(json, true);
    unary.begin(false, 1, nullptr);
    unary.take(input.text, 1'000);
    unary.finish(2'000);  // whatever it is, it is judged, not crashed on
  }
  return 0;
}
