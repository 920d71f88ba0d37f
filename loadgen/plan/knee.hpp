#pragma once

#include <optional>
#include <string>
#include <vector>

#include "loadgen/judge/mean.hpp"
#include "loadgen/measure/result.hpp"

namespace hopcost::loadgen {

/// Replies a second, with Student's t over the whole seconds of the level. Nothing where it has
/// fewer than three.
[[nodiscard]] std::optional<Estimate> throughput_of(const StageResult& level);

/// Where a concurrency sweep bends: N* = N1 x Xmax / X1, the concurrency at which the throughput of
/// the lowest level, grown in proportion, would reach the largest that was seen (the asymptotes of
/// operational analysis). Its interval is made of those of the two throughputs.
struct Knee {
  std::optional<Estimate> users;  ///< nothing: it cannot be told
  Estimate most_per_s;            ///< largest throughput
  int at_users = 0;               ///< the level that had it
  std::string why;                ///< why there is no knee
};

/// Levels in ascending order of concurrency, at least three.
[[nodiscard]] Knee find_knee(const std::vector<StageResult>& levels);

}  // namespace hopcost::loadgen
