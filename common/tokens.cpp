#include "common/tokens.hpp"

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

}  // namespace

std::string_view token_text(std::uint64_t index) {
  return kWords[index % kWords.size()];
}

void append_tokens(std::string& out, std::uint64_t first, std::uint64_t count) {
  for (std::uint64_t i = first; i < first + count; ++i) out += token_text(i);
}

std::uint64_t count_tokens(std::string_view text) {
  std::uint64_t count = 0;
  bool inside = false;
  for (const char c : text) {
    const bool space = c == ' ' || (c >= '\t' && c <= '\r');
    count += static_cast<std::uint64_t>(!space && !inside);
    inside = !space;
  }
  return count;
}

}  // namespace hopcost
