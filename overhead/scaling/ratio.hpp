#pragma once

#include <string>
#include <vector>

#include "overhead/estimate/cell.hpp"

namespace hopcost::overhead {

/// How few instances of a stack are enough for so many backends: of the combinations that were
/// measured at one load, the one with the fewest instances a backend whose added time is within the
/// noise floor of the best one's.
struct ReplicaRatio {
  struct Point {
    int replicas = 1;
    int backends = 1;
    std::string cell;
    double added_ns = 0;  ///< to the headline: TTFT of streams

    [[nodiscard]] double ratio() const { return static_cast<double>(replicas) / backends; }
  };
  std::string stack;
  int workers = 1;  ///< of each instance
  Level level;
  std::vector<Point> points;  ///< rising ratio, at least two
  std::size_t best = 0;       ///< the least added
  std::size_t enough = 0;     ///< the smallest ratio that is as good
  double noise_floor_ns = 0;  ///< of the best
};

/// One for each stack, worker count and load that latency cells with a verdict give at two ratios
/// or more.
[[nodiscard]] std::vector<ReplicaRatio> replica_ratios(const std::vector<Cell>& cells);

}  // namespace hopcost::overhead
