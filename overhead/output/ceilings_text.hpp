#pragma once

#include <string>
#include <vector>

#include "overhead/estimate/cell.hpp"

namespace hopcost::overhead {

/// As much as goes through, of each ceiling cell, beside what the backend does alone, and their
/// ratio; empty without such cells.
[[nodiscard]] std::string ceilings_table(const std::vector<Cell>& cells);

/// The same of the first count of workers and replicas of each stack, in a sentence; empty without.
[[nodiscard]] std::string ceilings_sentence(const std::vector<Cell>& cells);

}  // namespace hopcost::overhead
