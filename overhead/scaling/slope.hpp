#pragma once

#include <string>
#include <vector>

#include "overhead/estimate/cell.hpp"

namespace hopcost::overhead {

/// How an overhead grows with one factor, all others alike.
struct Slope {
  std::string standup;
  Mode mode = Mode::unary;
  std::string quantity;            ///< whose overhead: the headline, or "e2e.p50" over chunks
  std::string per;                 ///< "request under way", "prompt token", "chunk"
  std::vector<int> levels;         ///< of the factor, rising
  std::vector<std::string> cells;  ///< beside them
  Estimate ns;  ///< a unit of the factor: a line through the levels, each restart
};

/// Every slope that latency cells with a verdict give, over concurrency, prompt length and, of
/// streams, number of chunks.
[[nodiscard]] std::vector<Slope> slopes_of(const std::vector<Cell>& cells);

}  // namespace hopcost::overhead
