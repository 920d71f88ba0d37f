#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/error.hpp"
#include "common/random.hpp"

namespace hopcost::loadgen {

/// How many tokens a prompt or an answer has: always the same, or drawn for each request.
class TokenLength {
 public:
  static constexpr std::uint32_t kMost = 1'000'000;

  /// Always so many; at least 1.
  TokenLength(int tokens);  // NOLINT(google-explicit-constructor): a number is a length

  /// "512": always; "256-1024": uniform, ends included; "normal(512,128)" and "lognormal(512,128)":
  /// by mean and standard deviation of the lengths; "normal(512,128,100-2000)": the same within
  /// bounds. What is drawn outside the bounds (1 to 1 000 000 where none are given) becomes the
  /// nearer one, as inference-perf has it.
  [[nodiscard]] static Result<TokenLength> parse(std::string_view text);

  [[nodiscard]] std::uint32_t draw(Random& random) const;
  /// Nothing drawn is longer.
  [[nodiscard]] std::uint32_t most() const { return most_; }
  [[nodiscard]] bool is_fixed() const { return kind_ == Kind::fixed; }
  /// As parse() reads it.
  [[nodiscard]] std::string text() const;

  bool operator==(const TokenLength&) const = default;

 private:
  enum class Kind : std::uint8_t { fixed, uniform, normal, lognormal };

  Kind kind_ = Kind::fixed;
  double mean_ = 0;
  double deviation_ = 0;
  std::uint32_t least_ = 1;
  std::uint32_t most_ = 1;
};

}  // namespace hopcost::loadgen
