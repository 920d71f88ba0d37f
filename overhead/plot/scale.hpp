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

/// 1, 2 and 5 times powers of ten, from at or below `low`, which is above zero, to at or above
/// `high`; powers alone where there are many.
[[nodiscard]] Ticks log_ticks(double low, double high);

/// Of rising places along an axis those whose labels have `apart` pixels of room; the first always.
[[nodiscard]] std::vector<std::size_t> with_room(const std::vector<double>& places, double apart);

}  // namespace hopcost::overhead
