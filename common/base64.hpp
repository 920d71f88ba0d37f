#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hopcost {

/// Base64 as RFC 4648, section 4: the standard alphabet, padded, without line breaks.
void append_base64(std::string& out, std::string_view bytes);

/// The bytes; nothing where `text` is not exactly what append_base64 would write for some bytes.
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);

}  // namespace hopcost
