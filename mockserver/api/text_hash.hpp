#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "common/random.hpp"

namespace hopcost::mockserver {

/// Sixty-four bits that depend on every byte of `text` and on `seed`, eight bytes a step. The same
/// on every machine of this byte order. Not against those who look for collisions.
[[nodiscard]] inline std::uint64_t text_hash(std::string_view text, std::uint64_t seed = 0) {
  static_assert(std::endian::native == std::endian::little);
  std::uint64_t hash = Random::mix(seed + 0x9e3779b97f4a7c15U * (text.size() + 1));
  for (; text.size() >= 8; text.remove_prefix(8)) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data(), 8);
    hash = Random::mix(hash ^ word) + 0x9e3779b97f4a7c15U;
  }
  std::uint64_t rest = 0;
  if (!text.empty()) std::memcpy(&rest, text.data(), text.size());
  return Random::mix(hash ^ rest);
}

}  // namespace hopcost::mockserver
