// Whatever a small endpoint is asked, it refuses with a 400 that says why or answers with JSON that
// keeps the endpoint's promises.

#include <cmath>
#include <string>

#include <nlohmann/json.hpp>

#include "common/base64.hpp"
#include "common/tokens.hpp"
#include "mockserver/api/embeddings.hpp"
#include "mockserver/api/moderations.hpp"
#include "mockserver/api/rerank.hpp"
#include "mockserver/api/tokens_api.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

using hopcost::fuzz::expect;
using nlohmann::json;
namespace mock = hopcost::mockserver;

/// Reads `bytes` with `read`; what is accepted goes to `check`.
template <class Read, class Check>
void try_endpoint(std::string_view bytes, Read read, Check check) {
  std::string body(bytes);
  const auto question = read(body);
  expect(body == bytes, "the body is not changed");
  if (question) return check(*question);
  expect(question.error().status == 400 && !question.error().message.empty(),
         "a refusal is a 400 that says why");
}

json parsed(const std::string& reply) {
  auto value = json::parse(reply, nullptr, false);
  expect(value.is_object(), "a reply is a JSON object");
  return value;
}

void check_embeddings(const mock::EmbeddingsQuestion& question) {
  const auto reply = mock::embeddings_body(question, 8);
  if (!reply) {
    expect(
        question.input_hashes.size() * question.dimensions.value_or(8) > mock::kMaxEmbeddingNumbers,
        "only a reply too large is refused");
    return;
  }
  const json value = parsed(*reply);
  expect(value["data"].size() == question.input_hashes.size(), "every input has its vector");
  for (const auto& item : value["data"]) {
    const json& embedding = item["embedding"];
    if (question.base64) {
      const auto packed = hopcost::from_base64(embedding.get<std::string>());
      expect(packed && packed->size() == 4 * std::size_t{question.dimensions.value_or(8)},
             "a packed vector has its dimensions");
      continue;
    }
    double squares = 0;
    for (const double x : embedding) squares += x * x;
    expect(std::abs(squares - 1) < 1e-4, "a vector has length 1");
  }
}

void check_tokenize(const mock::TokenizeQuestion& question) {
  const json value = parsed(mock::tokenize_body(question, 4096));
  expect(value["count"] == hopcost::count_tokens(question.text), "tokens are counted by the rule");
  expect(value["tokens"].size() == value["count"], "every token has an id");
  // What ids stand for has the same ids again.
  std::string text;
  for (const std::uint32_t id : value["tokens"]) mock::append_token(text, id);
  mock::TokenizeQuestion again;
  again.text = text;
  expect(parsed(mock::tokenize_body(again, 4096))["tokens"] == value["tokens"],
         "ids survive detokenize and tokenize");
}

void check_rerank(const mock::RerankQuestion& question) {
  double before = 1;
  const auto reply = parsed(mock::rerank_body(question, "id"));
  for (const auto& result : reply["results"]) {
    const double score = result["relevance_score"];
    expect(score >= 0 && score <= before + 1e-9, "results are sorted by a score from 0 to 1");
    before = score;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = hopcost::fuzz::text_of(data, size);
  try_endpoint(bytes, mock::read_embeddings, check_embeddings);
  try_endpoint(bytes, mock::read_tokenize, check_tokenize);
  try_endpoint(bytes, mock::read_detokenize, [](const mock::DetokenizeQuestion& question) {
    expect(parsed(mock::detokenize_body(question))["prompt"].is_string(), "the prompt is a text");
  });
  try_endpoint(bytes, mock::read_moderations, [](const mock::ModerationsQuestion& question) {
    expect(
        parsed(mock::moderations_body(question, "id"))["results"].size() == question.inputs.size(),
        "every input is judged");
  });
  try_endpoint(bytes, mock::read_rerank, check_rerank);
  return 0;
}
