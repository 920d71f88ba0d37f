#pragma once

#include <string>
#include <vector>

#include "overhead/estimate/cell.hpp"

namespace hopcost::overhead {

using Cells = std::vector<const Cell*>;

/// "1 replica", "2 replicas"
[[nodiscard]] std::string several(int n, const char* what);
/// What a line of a stand-up is called: "nginx, 2 replicas, 1 worker", with the lengths that its
/// level has of its own.
[[nodiscard]] std::string line_name(const Cell& cell);
/// "n = 10 restarts a point"
[[nodiscard]] std::string restarts_text(const Cells& cells);

}  // namespace hopcost::overhead
