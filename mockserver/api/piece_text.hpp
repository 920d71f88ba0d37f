#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include <nlohmann/json.hpp>

#include "mockserver/api/answer.hpp"

namespace hopcost::mockserver {

/// Appends tokens [begin, end) of `text` as the inside of a JSON string.
void append_escaped_tokens(std::string& out, const TokenText& text, std::uint32_t begin,
                           std::uint32_t end);

/// A document on one line; bytes that are no UTF-8 become U+FFFD.
[[nodiscard]] std::string json_line(const nlohmann::ordered_json& document);

/// Leaves room for the stamp before the first piece of the content, or before a later one; gives
/// where it is, or kNoStamp where `question` wants none.
[[nodiscard]] std::size_t append_stamp_room(std::string& out, const Question& question,
                                            bool first_content);

}  // namespace hopcost::mockserver
