#pragma once

#include <string>

#include "overhead/estimate/cell.hpp"

namespace hopcost::overhead {

/// One cell from near, as SVG: the distribution of whole requests of both arms; what each round
/// said, restart by restart, with the estimate's interval shaded and the backend against itself in
/// grey; of streams transit by place in the stream; the stack's threads, busiest first.
[[nodiscard]] std::string cell_picture(const Cell& cell);

}  // namespace hopcost::overhead
