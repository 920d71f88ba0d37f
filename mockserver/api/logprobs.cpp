#include "mockserver/api/logprobs.hpp"

#include <cmath>

#include "common/random.hpp"
#include "common/tokens.hpp"
#include "mockserver/api/text_hash.hpp"

namespace hopcost::mockserver {

TokenChances chances_of(std::string_view token, std::uint32_t index, std::uint32_t alternatives) {
  Random random(text_hash(token, index));
  const double chance = 0.5 + 0.45 * random.uniform();
  TokenChances result;
  result.chosen = {token, std::log(chance)};
  if (alternatives == 0) return result;
  result.top.reserve(alternatives);
  result.top.push_back(result.chosen);
  // Each has half of what is left, so they fall, and never reach 1 together.
  double rest = 1 - chance;
  for (std::uint64_t word = random(); result.top.size() < alternatives; ++word) {
    const auto other = token_text(word);
    if (other == token) continue;
    rest /= 2;
    result.top.push_back({other, std::log(rest)});
  }
  return result;
}

}  // namespace hopcost::mockserver
