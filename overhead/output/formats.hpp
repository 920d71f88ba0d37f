#pragma once

#include <string>

#include "overhead/output/record_reading.hpp"

namespace hopcost::overhead {

// What other programs read, each made from what run.json holds. A cell without a verdict gives no
// figures: none of them could be defended.

/// A row a cell, times in microseconds (`_us`), memory in MiB. Of each quantity: the level of
/// either arm (median of the restarts' medians), what was added, and its interval.
[[nodiscard]] std::string cells_csv(const ReadStudy& study);

/// github-action-benchmark, `customSmallerIsBetter`, in us: what was added where its interval lies
/// above zero, else the resolution, which `extra` then says; and both arms' levels.
[[nodiscard]] std::string github_json(const ReadStudy& study);

/// Bencher Metric Format: measure `latency`, ns, with the interval's ends.
[[nodiscard]] std::string bencher_json(const ReadStudy& study);

/// A case a cell: one without a verdict is skipped, one that was not measured an error.
[[nodiscard]] std::string run_junit(const ReadStudy& study);

}  // namespace hopcost::overhead
