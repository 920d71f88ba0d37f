#include "mockserver/api/rerank.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

#include <fmt/format.h>

#include "common/tokens.hpp"
#include "mockserver/api/body.hpp"
#include "mockserver/api/limits.hpp"
#include "mockserver/api/text_hash.hpp"

namespace hopcost::mockserver {
namespace {

using nlohmann::ordered_json;

/// Hashes of the different words of a text, sorted.
using Words = std::vector<std::uint64_t>;

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

constexpr bool in_word(char c) {
  return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') ||
         static_cast<unsigned char>(c) >= 0x80;
}

Words words_of(std::string_view text) {
  Words words;
  std::string word;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && in_word(text[i])) {
      word += lower(text[i]);
    } else if (!word.empty()) {
      words.push_back(text_hash(word));
      word.clear();
    }
  }
  std::ranges::sort(words);
  words.erase(std::ranges::unique(words).begin(), words.end());
  return words;
}

double overlap(const Words& a, const Words& b) {
  Words common;
  std::ranges::set_intersection(a, b, std::back_inserter(common));
  if (common.empty()) return 0;
  return static_cast<double>(common.size()) /
         std::sqrt(static_cast<double>(a.size()) * static_cast<double>(b.size()));
}

std::vector<std::string> read_documents(const BodyValue& list) {
  const std::size_t size = list.array_size();
  if (size == 0) list.refuse("must not be empty");
  if (size > kMaxInputs) list.refuse(fmt::format("must have at most {} elements", kMaxInputs));
  std::vector<std::string> documents;
  documents.reserve(size);
  list.for_each([&](const BodyValue& document) {
    if (!document.is_string() && !document.is_object()) {
      document.refuse("must be a string or an object with 'text'");
    }
    documents.emplace_back((document.is_string() ? document : document.require("text")).text());
  });
  return documents;
}

struct Ranked {
  std::size_t index;
  double score;
};

std::vector<Ranked> ranked(const RerankQuestion& question) {
  const Words query = words_of(question.query);
  std::vector<Ranked> all;
  all.reserve(question.documents.size());
  for (const auto& document : question.documents) {
    all.push_back({all.size(), overlap(query, words_of(document))});
  }
  std::ranges::stable_sort(all, std::ranges::greater{}, &Ranked::score);
  if (question.top_n != 0 && question.top_n < all.size()) all.resize(question.top_n);
  return all;
}

}  // namespace

std::expected<RerankQuestion, ApiError> read_rerank(std::string& body) {
  return read_body(body, [](const BodyValue& root) {
    RerankQuestion question;
    if (const auto model = root.find("model")) question.model = model->text();
    const auto query = root.require("query");
    question.query = query.text();
    if (question.query.empty()) query.refuse("must not be empty");
    question.documents = read_documents(root.require("documents"));
    if (const auto top_n = root.find("top_n")) {
      question.top_n = static_cast<std::uint32_t>(top_n->whole(0, kMaxInputs));
    }
    if (const auto wanted = root.find("return_documents")) {
      question.return_documents = wanted->flag();
    }
    return question;
  });
}

double relevance(std::string_view query, std::string_view document) {
  return overlap(words_of(query), words_of(document));
}

std::string rerank_body(const RerankQuestion& question, std::string_view id) {
  std::uint64_t tokens = count_tokens(question.query) * question.documents.size();
  for (const auto& document : question.documents) tokens += count_tokens(document);
  auto results = ordered_json::array();
  for (const Ranked& one : ranked(question)) {
    ordered_json result{{"index", one.index}};
    if (question.return_documents) {
      result["document"] = {{"text", question.documents[one.index]}};
    }
    result["relevance_score"] = one.score;
    results.push_back(std::move(result));
  }
  const ordered_json body{{"id", fmt::format("rerank-{}", id)},
                          {"model", question.model},
                          {"usage", {{"total_tokens", tokens}}},
                          {"results", std::move(results)}};
  return body.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace hopcost::mockserver
