#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "overhead/gate/gate.hpp"

namespace hopcost::overhead {

/// An amount of what a budget of this kind bounds, for people: "23.4 us", "-3.2 %".
[[nodiscard]] std::string amount_text(Budget::Kind kind, double amount);

/// The verdict and a line for each budget in each cell.
[[nodiscard]] std::string gate_table(const GateReport& report);
/// The same in sentences.
[[nodiscard]] std::string gate_explanation(const GateReport& report);
/// The same for a pull request's comment.
[[nodiscard]] std::string gate_markdown(const GateReport& report);
/// The same for programs; results/README.md explains the fields.
[[nodiscard]] nlohmann::json gate_json(const GateReport& report, const ReadStudy& study);
/// A case for each budget in each cell: no verdict is a skipped case, or an error where a check
/// stands in the way.
[[nodiscard]] std::string gate_junit(const GateReport& report, const ReadStudy& study);

}  // namespace hopcost::overhead
