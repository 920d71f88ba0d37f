#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hopcost {

/// The project's token rule, used by the mock and by the load generator alike: one token is one
/// word of our synthetic text, that is, one maximal run of bytes that are not ASCII white space.

/// The i-th word of any synthetic text, with its leading space: " river". The list repeats.
[[nodiscard]] std::string_view token_text(std::uint64_t index);

/// Appends tokens [first, first + count).
void append_tokens(std::string& out, std::uint64_t first, std::uint64_t count);

/// How many tokens `text` has by the rule above. Stamps hold no white space, so each joins the word
/// next to it or counts as one.
[[nodiscard]] std::uint64_t count_tokens(std::string_view text);

}  // namespace hopcost
