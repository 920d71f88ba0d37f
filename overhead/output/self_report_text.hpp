#pragma once

#include <span>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "overhead/estimate/cell.hpp"

namespace hopcost::overhead {

/// A table of what stacks say of themselves beside what was measured; empty: none says anything.
[[nodiscard]] std::string self_reports_text(std::span<const Cell> cells);

/// `self_reported` of a cell in run.json; null where its stack states no time.
[[nodiscard]] nlohmann::json self_report_json(const Cell& cell);

}  // namespace hopcost::overhead
