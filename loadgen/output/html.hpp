#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "common/error.hpp"
#include "loadgen/record.hpp"

namespace hopcost::loadgen {

/// What the page shows of a run; web/src/loadgen/data.ts has its fields.
[[nodiscard]] nlohmann::json page_data(const RunRecord& record);

/// One self-contained page that shows the run to people.
/// Fails with `not_valid` in a build without the page.
[[nodiscard]] Result<std::string> html_page(const RunRecord& record);

}  // namespace hopcost::loadgen
