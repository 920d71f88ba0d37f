#pragma once

#include <span>

namespace hopcost::overhead {

/// Mann and Whitney's rank test of two independent samples: do the values of one tend to be larger?
/// Nothing is assumed of how they are distributed.
struct RankTest {
  double u = 0;           ///< pairs in which the second sample's value is the larger; a tie is half
  double p = 1;           ///< two-sided
  double smallest_p = 1;  ///< that samples of these sizes could give at all
};

/// Exact without ties up to 25 values each; else the normal approximation, with the corrections for
/// ties and continuity. `p` is 1 where either sample is empty.
[[nodiscard]] RankTest rank_test(std::span<const double> first, std::span<const double> second);

}  // namespace hopcost::overhead
