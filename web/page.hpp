#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "common/error.hpp"
#include "common/histogram.hpp"

namespace hopcost::web {

/// Whether this build has the page (HOPCOST_WEB).
[[nodiscard]] bool has_page();

/// What to say where there is none.
inline constexpr std::string_view kNoPage =
    "report.html is not written: this program was built without it (install Node.js and npm with "
    "scripts/install-deps.sh web, then build again, not with -DHOPCOST_WEB=OFF)";

/// One self-contained HTML file that shows `data`, whose field "schema" says what it is. The data
/// stand in it deflated and in base64: whatever they hold, no markup comes of it. Fails with
/// `not_valid` in a build without the page.
[[nodiscard]] Result<std::string> page(const nlohmann::json& data);

/// What stands in the page: `text` deflated (zlib), in base64.
[[nodiscard]] std::string packed(std::string_view text);

/// What the page draws of a distribution: "n", "mean", "max", and "ns" at "shares" of the samples
/// that lie evenly on a scale which stretches towards 1, eight to each further nine. Four digits
/// are as fine as a histogram's buckets.
[[nodiscard]] nlohmann::json distribution(const Histogram& histogram);

/// A figure with so many significant digits: six are more than is ever shown, in a third of the
/// bytes.
[[nodiscard]] double rounded(double value, int digits = 6);

}  // namespace hopcost::web
