#pragma once

#include <string>

#include "common/error.hpp"
#include "loadgen/record.hpp"

namespace hopcost::loadgen {

/// One self-contained page that shows the run to people; web/src/loadgen/data.ts has its fields.
/// Fails with `not_valid` in a build without the page.
[[nodiscard]] Result<std::string> html_page(const RunRecord& record);

}  // namespace hopcost::loadgen
