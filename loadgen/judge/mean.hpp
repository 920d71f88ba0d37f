#pragma once

#include <optional>
#include <span>

namespace hopcost::loadgen {

/// With a 95 % interval.
struct Estimate {
  double value = 0;
  double low = 0;
  double high = 0;
};

/// The mean of independent values, with Student's t. Nothing of fewer than three.
[[nodiscard]] std::optional<Estimate> mean_of(std::span<const double> values);

}  // namespace hopcost::loadgen
