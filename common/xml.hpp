#pragma once

#include <string>
#include <string_view>

namespace hopcost {

/// Text as XML has it between tags and inside quoted attributes. Control characters other than a
/// line's end and a tab, which XML has no way to say, become question marks.
[[nodiscard]] std::string xml_escaped(std::string_view text);

}  // namespace hopcost
