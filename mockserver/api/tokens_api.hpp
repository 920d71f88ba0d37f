#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "mockserver/api/api_error.hpp"

namespace hopcost::mockserver {

// Token ids. A text is cut by common/tokens.hpp: a token is a word with the white space before it.
//
//   0 to 63             word i of the project's list after one space: " river"
//   64 to 127           word i - 64 without its space, as it may begin a text: "river"
//   128 to 131071       any other piece, by hash: two pieces may share an id. Such an id stands for
//                       the text " token128", and that piece has this id, not a hash
//
// So a text made of listed words, each after one space (the first may have none), comes back from
// tokenize and detokenize as it was; other words come back as the placeholder of their id, which
// has that same id again. White space at a text's end belongs to no token.
inline constexpr std::uint32_t kVocabulary = 131'072;

/// The id of a piece: one word with the white space before it.
[[nodiscard]] std::uint32_t token_id(std::string_view piece);

/// Appends what `id` (below kVocabulary) stands for.
void append_token(std::string& out, std::uint32_t id);

struct TokenizeQuestion {
  std::string model;  ///< empty where none was named
  std::string text;   ///< the prompt, or the messages' texts joined by newlines
  bool with_strings = false;
};

/// vLLM's POST /tokenize, with `prompt` or `messages`. Any bytes are safe; refuses with 400 and the
/// parameter's name, also what is longer than kMaxTokens. Unknown keys are ignored.
[[nodiscard]] std::expected<TokenizeQuestion, ApiError> read_tokenize(std::string& body);

/// {"count", "max_model_len", "tokens"}, and "token_strs" where asked: the text's own pieces.
[[nodiscard]] std::string tokenize_body(const TokenizeQuestion& question,
                                        std::uint64_t max_model_len);

struct DetokenizeQuestion {
  std::string model;  ///< empty where none was named
  std::vector<std::uint32_t> tokens;
};

/// vLLM's POST /detokenize: up to kMaxTokens ids, each below kVocabulary.
[[nodiscard]] std::expected<DetokenizeQuestion, ApiError> read_detokenize(std::string& body);

/// {"prompt"}
[[nodiscard]] std::string detokenize_body(const DetokenizeQuestion& question);

}  // namespace hopcost::mockserver
