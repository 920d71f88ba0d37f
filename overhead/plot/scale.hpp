#pragma once

#include <cstddef>
#include <vector>

namespace hopcost::overhead {

struct Ticks {
  std::vector<double> at;
  int decimals = 0;  ///< that their labels need
};

/// Round values, evenly apart, from at or below `low` to at or above `high`: about `wanted`.
[[nodiscard]] Ticks round_ticks(double low, double high, int wanted);

/// Of rising places along an axis those whose labels have `apart` pixels of room; the first always.
[[nodiscard]] std::vector<std::size_t> with_room(const std::vector<double>& places, double apart);

}  // namespace hopcost::overhead
