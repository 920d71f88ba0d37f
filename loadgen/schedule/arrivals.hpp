#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "common/random.hpp"

namespace hopcost::loadgen {

/// How requests of an open loop follow each other around their rate.
struct Arrival {
  enum class Kind : std::uint8_t {
    constant,  ///< one after each 1 / rate
    uniform,   ///< the same, each later by a share of its gap drawn evenly from 0 to `jitter`
    poisson,   ///< independent of each other: gaps are exponential
    gamma,     ///< gaps are gamma with shape `burstiness`: below 1 bunched, 1 Poisson, above 1 even
    burst,     ///< `burst` at once, then nothing until as many are due again
  };
  Kind kind = Kind::constant;
  double jitter = 1;        ///< above 0, to 1: more would change the order
  double burstiness = 1;    ///< above 0
  std::uint32_t burst = 1;  ///< at least 1

  bool operator==(const Arrival&) const = default;
};

/// By the name of its kind, as enumerated above; nothing for any other text.
[[nodiscard]] std::optional<Arrival::Kind> arrival_kind(std::string_view name);
[[nodiscard]] std::string_view name_of(Arrival::Kind kind);

/// The arrivals of a process with one arrival per unit on average, one after another. Whoever has a
/// rate maps units to time. The same seed gives the same arrivals.
class Arrivals {
 public:
  Arrivals(const Arrival& how, std::uint64_t seed);

  /// Where the next one is: at 0 or later, never before the one before.
  double next();

 private:
  double next_gap();

  Arrival how_;
  Random random_;
  std::uint64_t index_ = 0;
  double at_ = 0;
};

}  // namespace hopcost::loadgen
