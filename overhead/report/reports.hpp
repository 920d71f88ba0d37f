#pragma once

#include <filesystem>
#include <string>

#include "common/error.hpp"

namespace hopcost::overhead {

/// Writes into `folder` what is rendered from the text of a run.json alone: cells.csv,
/// benchmark.json, bencher.json, junit.xml, plots/ and, where this build has the page, report.html.
/// Says on standard error where it has not. An Error names the field or the file that is wrong.
[[nodiscard]] Result<void> write_reports(const std::string& record,
                                         const std::filesystem::path& folder);

}  // namespace hopcost::overhead
