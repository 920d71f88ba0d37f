#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "mockserver/api/digits.hpp"

namespace hopcost::mockserver {

// JSON written by hand, for replies that are too many to build a document for each.

/// Appends `text` as the inside of a JSON string. Valid UTF-8 stays as it is; bytes that are none
/// become U+FFFD.
void append_escaped(std::string& out, std::string_view text);
/// The same, with its quotes.
void append_quoted(std::string& out, std::string_view text);

/// `value` as JSON with a blank behind every comma and colon, so that by common/tokens.hpp it is a
/// text of many tokens, as a model's JSON is, and streams as many fragments.
[[nodiscard]] std::string spaced_text(const nlohmann::ordered_json& value);

}  // namespace hopcost::mockserver
