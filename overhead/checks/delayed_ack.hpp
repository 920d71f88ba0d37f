#pragma once

#include "overhead/estimate/cell.hpp"

namespace hopcost::overhead {

/// Whether the stack is idle and slow by about what Linux waits before it acknowledges: 38 to 60 ms
/// above the baseline with less than half a core used. A probe has to confirm it.
[[nodiscard]] bool delayed_ack_suspected(const Cell& cell);

}  // namespace hopcost::overhead
