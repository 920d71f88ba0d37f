#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "common/clock.hpp"

namespace hopcost::loadgen {

/// When the parts of a run happen, the same for every thread. CLOCK_MONOTONIC ns.
struct Window {
  Nanos start = 0;                ///< first request
  Nanos from = 0;                 ///< measured from here
  Nanos to = 0;                   ///< until here
  Nanos until = 0;                ///< nothing is sent later
  std::vector<Nanos> stage_ends;  ///< of all stages but the last, ascending

  /// Whether a request that is due then counts.
  [[nodiscard]] bool counts(Nanos due) const { return due >= from && due < to; }
  [[nodiscard]] std::uint16_t stage_of(Nanos due) const {
    if (stage_ends.empty()) return 0;
    return static_cast<std::uint16_t>(std::ranges::upper_bound(stage_ends, due) -
                                      stage_ends.begin());
  }
};

}  // namespace hopcost::loadgen
