#pragma once

#include <string>

#include "loadgen/record.hpp"

namespace hopcost::loadgen {

/// The table a person reads after a run.
[[nodiscard]] std::string console_report(const RunRecord& record);

}  // namespace hopcost::loadgen
