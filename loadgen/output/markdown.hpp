#pragma once

#include <string>
#include <string_view>

namespace hopcost::loadgen {

/// The text as it may stand in a cell of a Markdown table: what would end it, or begin HTML, is
/// escaped; line ends and other control characters are blanks.
[[nodiscard]] std::string markdown_cell(std::string_view text);

}  // namespace hopcost::loadgen
