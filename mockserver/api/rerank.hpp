#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "mockserver/api/api_error.hpp"

namespace hopcost::mockserver {

struct RerankQuestion {
  std::string model;  ///< empty where none was named
  std::string query;
  std::vector<std::string> documents;  ///< at least one
  std::uint32_t top_n = 0;             ///< how many results; 0: all
  bool return_documents = true;
};

/// POST /v1/rerank: `documents` are strings or objects with `text`. Any bytes are safe; refuses
/// with 400 and the parameter's name, unknown keys are ignored. A top_n beyond the number of
/// documents asks for all of them.
[[nodiscard]] std::expected<RerankQuestion, ApiError> read_rerank(std::string& body);

/// How alike two texts are, from 0 to 1: words in common over the geometric mean of their numbers
/// of different words. Words are runs of ASCII letters, digits and all bytes beyond ASCII; case of
/// ASCII letters does not count.
[[nodiscard]] double relevance(std::string_view query, std::string_view document);

/// The JSON body; its id is "rerank-" and `id`. Best first, documents of equal score in their
/// order. A token of the query counts once for each document, as a cross-encoder reads it.
[[nodiscard]] std::string rerank_body(const RerankQuestion& question, std::string_view id);

}  // namespace hopcost::mockserver
