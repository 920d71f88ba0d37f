#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace hopcost::mockserver {

struct TokenChance {
  std::string_view token;
  double logprob = 0;  ///< natural logarithm, below 0
};

/// How likely `token`, the `index`-th of its text, is said to have been, and `alternatives` tokens
/// by falling likelihood: the token itself first, then others of the word list, all distinct, whose
/// chances together stay below 1. The same for the same token and index. `alternatives` is at most
/// kMaxTopLogprobs; the views live as long as `token`.
struct TokenChances {
  TokenChance chosen;
  std::vector<TokenChance> top;
};
[[nodiscard]] TokenChances chances_of(std::string_view token, std::uint32_t index,
                                      std::uint32_t alternatives);

}  // namespace hopcost::mockserver
