#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "common/error.hpp"

namespace hopcost::overhead {

/// What the page shows of a run, made from the text of its run.json alone; web/src/overhead/data.ts
/// has the fields. Figures have six significant digits, passes only the quantities that are drawn,
/// distributions are quantiles. An Error names the field that is missing or of the wrong type.
[[nodiscard]] Result<nlohmann::json> page_data(const std::string& record);

}  // namespace hopcost::overhead
