#pragma once

#include <string>
#include <string_view>

namespace hopcost::loadgen {

/// The text with every byte that is no UTF-8 replaced, so that it can stand in a record: what a
/// server says of an error may be anything, and is cut anywhere.
[[nodiscard]] std::string valid_utf8(std::string_view text);

}  // namespace hopcost::loadgen
