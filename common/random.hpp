#pragma once

#include <cstdint>
#include <limits>

namespace hopcost {

/// Eight bytes of state: cheap enough for every connection to have its own. SplitMix64 (Steele,
/// Lea, Flood 2014); a UniformRandomBitGenerator, so Boost.Random's distributions take it, which
/// give the same numbers with every compiler. Not for secrets.
class Random {
 public:
  using result_type = std::uint64_t;
  explicit Random(std::uint64_t seed) : state_(seed) {}

  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return std::numeric_limits<result_type>::max(); }

  result_type operator()() {
    state_ += 0x9e3779b97f4a7c15U;
    return mix(state_);
  }

  /// From 0 up to, but not including, 1.
  double uniform() { return static_cast<double>((*this)() >> 11U) * 0x1.0p-53; }

  /// A bijection that leaves no pattern: hashes one number, or derives one seed from another.
  static constexpr std::uint64_t mix(std::uint64_t x) {
    x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31U);
  }

 private:
  std::uint64_t state_;
};

}  // namespace hopcost
