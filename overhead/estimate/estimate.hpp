#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace hopcost::overhead {

/// A value with its interval. `restarts` are the values it was made of, one a restart.
struct Estimate {
  double value = 0;
  double low = 0;
  double high = 0;
  double level = 0.95;  ///< the interval's confidence level
  std::vector<double> restarts;

  [[nodiscard]] bool contains_zero() const { return low <= 0 && high >= 0; }
  /// The larger of the interval's ends by size: what the noise floor is made of.
  [[nodiscard]] double largest_end() const;
};

/// Mean and Student's t interval (n - 1 degrees of freedom) of one value a restart, its end on the
/// skewed side moved out by what the sample's skewness calls for (docs/measurement.md has the
/// formula and what it gains). Nothing for fewer than two values.
[[nodiscard]] std::optional<Estimate> estimate_mean(std::vector<double> restarts,
                                                    double level = 0.95);

/// The same on logarithms: `value`, `low` and `high` are ratios. All values must be above 0.
[[nodiscard]] std::optional<Estimate> estimate_ratio(const std::vector<double>& restarts,
                                                     double level = 0.95);

/// Mean of `now` minus mean of `then`, two studies that share no rounds: Welch's t interval.
/// `restarts` are those of `now`, less the mean of `then`. Nothing where either has fewer than two.
[[nodiscard]] std::optional<Estimate> estimate_shift(const std::vector<double>& now,
                                                     const std::vector<double>& then,
                                                     double level = 0.95);

/// The median; the mean of the middle two for an even count. Not for an empty span.
[[nodiscard]] double median(std::span<const double> values);

/// The smallest difference that a study of this spread would tell from zero: half the interval's
/// width.
[[nodiscard]] double smallest_detectable(const Estimate& estimate);

}  // namespace hopcost::overhead
