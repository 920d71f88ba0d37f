#pragma once

#include <cstdint>
#include <filesystem>

#include <nlohmann/json_fwd.hpp>

#include "common/clock.hpp"
#include "common/random.hpp"
#include "common/yaml.hpp"
#include "mockserver/time/distribution.hpp"

namespace hopcost::mockserver {

/// How fast one model answers. A value.
struct Timing {
  Distribution ttft;                   ///< from a request's last byte to the first token; ns
  Distribution itl;                    ///< between two tokens; ns
  Nanos prefill_per_token = 0;         ///< added to ttft for every prompt token computed
  Nanos cached_prefill_per_token = 0;  ///< and for every one found in the prefix cache
  bool role_early = false;             ///< headers and role chunk leave at once, not with token 0

  friend bool operator==(const Timing&, const Timing&) = default;
};

/// Most that one token of a prompt may cost.
inline constexpr Nanos kMaxPrefillPerToken = kSecond;

/// Takes the keys it knows out of `fields`: ttft, itl (see decode_duration), prefill_per_token,
/// cached_prefill_per_token (durations), role_early. What is not named keeps its value in `timing`.
/// Throws ErrorException with "file:line: field". `folder`: see decode_duration.
void decode_fields(YamlFields& fields, Timing& timing,
                   const std::filesystem::path* folder = nullptr);

/// A map with every key decode_fields knows.
[[nodiscard]] nlohmann::json to_json(const Timing& timing);

/// When the tokens of one answer are due: absolute deadlines, each computed from the one before and
/// never from the clock, so a late write delays nothing after it and a stream does not drift.
///
/// It refers to `timing`, which must outlive it (the answer holds its scenario). One thread. With
/// constant timing a step costs one addition. Every delay is at most kLongestDelay even after
/// `factor`, so a million tokens do not overflow.
class Pace {
 public:
  Pace() = default;  ///< everything is due at time 0
  /// `received_ns`: when the request's last byte was there. `factor` (at least 0) multiplies every
  /// delay: load and profile. `random` is the answer's own.
  Pace(const Timing& timing, Nanos received_ns, std::uint64_t prompt_tokens,
       std::uint64_t cached_tokens, double factor, Random random);

  /// Whether any delay is asked for. Without one nothing is due at any time and nothing is late.
  [[nodiscard]] bool asked() const { return asked_; }
  /// When headers and the role are due: at once with role_early, else with the first token.
  [[nodiscard]] Nanos role_due() const { return role_due_; }
  /// When the next token is due; the first one to begin with.
  [[nodiscard]] Nanos due() const { return due_; }

  /// On to the token after.
  void advance() {
    if (!varies_) [[likely]] {
      due_ += gap_;
    } else {
      due_ += draw_gap();
    }
  }
  void advance(std::uint64_t tokens);

  /// When the last of `tokens` more tokens would be due if streamed; due() for 0 and 1. The very
  /// gaps a stream would have, but past 10 000 of them their mean.
  [[nodiscard]] Nanos unary_due(std::uint64_t tokens) const;

  /// Multiplies the gaps from here on (a profile that changes, a batch that fills).
  void set_factor(double factor);

 private:
  [[nodiscard]] Nanos draw_gap();

  Nanos due_ = 0;
  Nanos role_due_ = 0;
  Nanos gap_ = 0;                      ///< where every gap is the same
  const Distribution* itl_ = nullptr;  ///< what gaps are drawn from
  std::uint64_t index_ = 0;            ///< of the next gap drawn
  double factor_ = 1;
  Random random_{0};
  bool varies_ = false;
  bool asked_ = false;
};

}  // namespace hopcost::mockserver
