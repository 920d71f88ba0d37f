#pragma once

#include <optional>

#include "overhead/estimate/cell.hpp"

namespace hopcost::overhead {

/// How many times the workers' mean CPU the busiest has used, the median over the passes through
/// the stack: 1 is even, the number of workers is all of it. As many threads count as there are
/// workers, the busiest of the tree. Nothing for one worker, for fewer than two requests under way
/// a worker, and where threads cannot be seen.
[[nodiscard]] std::optional<double> median_imbalance(const Cell& cell);

/// Above it work is not dealt evenly: twice the mean, and nine tenths of everything for two.
[[nodiscard]] double uneven_from(int workers);

}  // namespace hopcost::overhead
