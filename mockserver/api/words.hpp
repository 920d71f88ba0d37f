#pragma once

#include <cstddef>
#include <string_view>

namespace hopcost::mockserver {

/// White space as common/tokens.hpp counts it.
[[nodiscard]] constexpr bool is_white_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

/// Calls `each(piece, word)` for every token of `text` in order: the word, and the word with the
/// white space before it. White space after the last word belongs to no piece.
template <class Each>
void for_each_word(std::string_view text, Each each) {
  std::size_t at = 0;
  while (true) {
    const std::size_t begin = at;
    while (at < text.size() && is_white_space(text[at])) ++at;
    if (at == text.size()) return;
    const std::size_t word = at;
    while (at < text.size() && !is_white_space(text[at])) ++at;
    each(text.substr(begin, at - begin), text.substr(word, at - word));
  }
}

}  // namespace hopcost::mockserver
