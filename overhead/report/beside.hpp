#pragma once

#include <string>

#include "overhead/output/record_reading.hpp"

namespace hopcost::overhead {

/// Two runs beside each other: of each latency cell that either has, what was added then and now,
/// by how much that has changed, and whether it has. A cell without a verdict in one of them has no
/// figure there. The runs share no rounds: where they were made on machines that differ, it says so
/// first.
[[nodiscard]] std::string beside(const ReadStudy& before, const ReadStudy& after);

}  // namespace hopcost::overhead
