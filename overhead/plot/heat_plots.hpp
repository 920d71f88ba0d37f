#pragma once

#include <vector>

#include "overhead/plot/plots.hpp"

namespace hopcost::overhead {

/// `heat_map_unary`, `heat_map_stream`: a row for each stand-up, a column for each load, with what
/// is added to the headline's quantity; a cell without a verdict says so and is not shaded.
void put_heat_maps(Pictures& out, const std::vector<Cell>& cells);

}  // namespace hopcost::overhead
