#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "common/error.hpp"

namespace hopcost::overhead {

/// Writes into `folder` what is rendered from the text of a run.json alone: summary.md (not of a
/// comparison of builds, whose summary has its budgets' verdicts), cells.csv, benchmark.json,
/// bencher.json, junit.xml, plots/ and, where this build has the page, report.html. Says on
/// standard error where it has not. An Error names the field or the file that is wrong.
[[nodiscard]] Result<void> write_reports(const std::string& record,
                                         const std::filesystem::path& folder);

/// A page for each arm by itself, what its clients saw and nothing of the difference: baseline.html
/// and stack.html (of two builds base.html and head.html). Returns the files. An Error also where
/// this build has no page.
[[nodiscard]] Result<std::vector<std::filesystem::path>> write_arm_pages(
    const std::string& record, const std::filesystem::path& folder);

}  // namespace hopcost::overhead
