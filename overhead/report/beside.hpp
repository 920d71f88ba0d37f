#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "overhead/output/record_reading.hpp"

namespace hopcost::overhead {

/// A quantity of a latency cell in two runs.
struct BesideRow {
  std::string cell;
  std::string quantity;
  std::string first;   ///< what the stack added then, as tables have it; "-": no such cell
  std::string second;  ///< the same of the other run
  std::optional<Estimate> change;  ///< second minus first, in ns; nothing without both verdicts
  std::string which;               ///< "more", "no difference to be seen", "only in the first", ...
};

/// Two runs beside each other: of each latency cell that either has, what was added then and now,
/// by how much that has changed (Welch's t over restarts), and whether it has. A cell without a
/// verdict in one of them has no figure there.
[[nodiscard]] std::vector<BesideRow> beside_rows(const ReadStudy& before, const ReadStudy& after);

/// The same for a terminal. The runs share no rounds: where they were made on machines that differ,
/// it says so first.
[[nodiscard]] std::string beside(const ReadStudy& before, const ReadStudy& after);

/// The same for the page: schema hopcost.overhead-comparison/1; web/src/overhead/beside.ts has its
/// fields.
[[nodiscard]] nlohmann::json beside_json(const ReadStudy& before, const ReadStudy& after);

}  // namespace hopcost::overhead
