#pragma once

#include <stop_token>

#include "overhead/command/options.hpp"

namespace hopcost::overhead {

/// Starts one stack and the backend behind it, says where they are, and keeps them until it is
/// stopped: 0. 69 where either does not come up, or ends by itself.
[[nodiscard]] int start_command(const Program& program, const std::stop_token& stop);

}  // namespace hopcost::overhead
