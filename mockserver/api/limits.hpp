#pragma once

#include <cstdint>

namespace hopcost::mockserver {

// What one request may ask for. Beyond these a request is refused with 400 and the parameter's
// name, so that no request can exhaust memory.

/// Longest answer, in tokens; also over all choices and alternatives together: prompts x n x
/// tokens x (1 + top_logprobs) stays within it.
inline constexpr std::uint32_t kMaxTokens = 1'000'000;
inline constexpr std::uint32_t kMaxChoices = 128;
inline constexpr std::uint32_t kMaxTopLogprobs = 20;  ///< chat and responses
inline constexpr std::uint32_t kMaxLogprobs = 5;      ///< completions
inline constexpr std::uint32_t kMaxStopSequences = 16;
inline constexpr std::uint32_t kMaxTools = 128;
inline constexpr std::uint32_t kMaxInputs = 2048;  ///< prompts, embedding inputs, documents
inline constexpr std::uint32_t kMaxDimensions = 4096;

}  // namespace hopcost::mockserver
