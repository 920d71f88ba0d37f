#pragma once

#include <cstdint>
#include <string_view>

#include "common/random.hpp"

namespace hopcost::mockserver {

/// A number from a text and a number, the same on every machine: FNV-1a, scrambled.
[[nodiscard]] inline std::uint64_t hash_text(std::uint64_t seed, std::string_view text) {
  std::uint64_t hash = Random::mix(seed ^ 0xcbf29ce484222325U);
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return Random::mix(hash);
}

}  // namespace hopcost::mockserver
