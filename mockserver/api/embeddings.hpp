#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "mockserver/api/api_error.hpp"

namespace hopcost::mockserver {

/// Numbers in one reply, over all its vectors; beyond it a question is refused.
inline constexpr std::uint64_t kMaxEmbeddingNumbers = 4'000'000;

/// What POST /v1/embeddings was asked. The inputs themselves are not kept.
struct EmbeddingsQuestion {
  std::string model;
  /// One for each input. Equal inputs have equal hashes; a stamp that leads a text does not count.
  std::vector<std::uint64_t> input_hashes;
  std::uint64_t prompt_tokens = 0;          ///< of all inputs; token ids count one each
  std::optional<std::uint32_t> stamp_id;    ///< of the first input that is led by a stamp
  std::optional<std::uint32_t> dimensions;  ///< 1 to kMaxDimensions
  bool base64 = false;                      ///< little-endian float32 in base64, not JSON numbers
};

/// Any bytes are safe. Refuses with 400 and the parameter's name; unknown keys are ignored.
[[nodiscard]] std::expected<EmbeddingsQuestion, ApiError> read_embeddings(std::string& body);

/// The JSON body of the reply. Every vector has length 1, and depends on its input, the model and
/// nothing else: fewer dimensions give the first numbers of the longer vector, stretched to length
/// 1 again, and every machine computes the same bits. Refused (`dimensions`, or `input` where
/// they were not asked for) where the reply would have more than kMaxEmbeddingNumbers numbers.
/// `default_dimensions` (1 to kMaxDimensions) are used where the question names none.
[[nodiscard]] std::expected<std::string, ApiError> embeddings_body(
    const EmbeddingsQuestion& question, std::uint32_t default_dimensions);

}  // namespace hopcost::mockserver
