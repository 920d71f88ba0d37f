#include <algorithm>

#include "common/tokens.hpp"
#include "mockserver/api/answer.hpp"

namespace hopcost::mockserver {
namespace {

/// The white space of the token rule in common/tokens.hpp.
constexpr bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

}  // namespace

TokenText TokenText::words(std::uint64_t first, std::uint32_t count) {
  TokenText text;
  text.first_ = first;
  text.count_ = count;
  return text;
}

TokenText TokenText::literal(std::string text, std::uint32_t limit) {
  TokenText result;
  result.is_words_ = false;
  std::size_t at = 0;
  while (result.ends_.size() < limit) {
    while (at < text.size() && is_space(text[at])) ++at;
    if (at == text.size()) break;
    while (at < text.size() && !is_space(text[at])) ++at;
    result.ends_.push_back(static_cast<std::uint32_t>(at));
  }
  result.count_ = static_cast<std::uint32_t>(result.ends_.size());
  if (result.count_ == 0) return result;
  // White space behind the last word belongs to it, unless it was in front of a word cut off.
  if (std::all_of(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(), is_space)) {
    result.ends_.back() = static_cast<std::uint32_t>(text.size());
  }
  text.resize(result.ends_.back());
  result.text_ = std::move(text);
  return result;
}

std::string_view TokenText::operator[](std::uint32_t i) const {
  if (is_words_) return token_text(first_ + i);
  const std::uint32_t begin = i == 0 ? 0 : ends_[i - 1];
  return std::string_view(text_).substr(begin, ends_[i] - begin);
}

void TokenText::append(std::string& out, std::uint32_t begin, std::uint32_t end) const {
  end = std::min(end, count_);
  if (begin >= end) return;
  if (is_words_) {
    append_tokens(out, first_ + begin, end - begin);
  } else {
    const std::uint32_t from = begin == 0 ? 0 : ends_[begin - 1];
    out.append(text_, from, ends_[end - 1] - from);
  }
}

std::string TokenText::str() const {
  std::string text;
  append(text, 0, count_);
  return text;
}

}  // namespace hopcost::mockserver
