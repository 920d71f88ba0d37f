#include "common/tokens.hpp"

#include <algorithm>
#include <array>

namespace hopcost {
namespace {

constexpr std::array<std::string_view, 64> kWords{
    " river",   " stone",  " light",  " under",   " quiet",   " green",   " seven",  " maple",
    " copper",  " winter", " signal", " north",   " paper",   " bridge",  " amber",  " field",
    " cloud",   " harbor", " small",  " early",   " silver",  " garden",  " round",  " candle",
    " valley",  " ocean",  " letter", " open",    " distant", " engine",  " violet", " morning",
    " timber",  " clear",  " meadow", " simple",  " orbit",   " linen",   " hollow", " summer",
    " brick",   " gentle", " island", " narrow",  " pebble",  " lantern", " cedar",  " steady",
    " window",  " honey",  " canyon", " bright",  " feather", " market",  " tidal",  " golden",
    " archive", " velvet", " rapid",  " thunder", " cotton",  " mirror",  " plain",  " evening"};

constexpr bool is_space(char c) {
  return (c == ' ') | ((c >= '\t') & (c <= '\r'));
}

}  // namespace

std::string_view token_text(std::uint64_t index) {
  return kWords[index % kWords.size()];
}

void append_tokens(std::string& out, std::uint64_t first, std::uint64_t count) {
  for (std::uint64_t i = first; i < first + count; ++i) out += token_text(i);
}

std::uint64_t count_tokens(std::string_view text) {
  if (text.empty()) return 0;
  // A token starts where a byte that is not space follows one that is. No step needs the result of
  // the one before, and a block's count fits one byte: the compiler turns this into vector code.
  constexpr std::size_t kBlock = 128;
  std::uint64_t count = is_space(text[0]) ? 0 : 1;
  for (std::size_t begin = 1; begin < text.size(); begin += kBlock) {
    const std::size_t end = std::min(begin + kBlock, text.size());
    std::uint8_t starts = 0;
    for (std::size_t i = begin; i < end; ++i) {
      const int after_space = is_space(text[i - 1]) ? 1 : 0;
      const int in_word = is_space(text[i]) ? 0 : 1;
      starts = static_cast<std::uint8_t>(starts + (after_space & in_word));
    }
    count += starts;
  }
  return count;
}

}  // namespace hopcost
