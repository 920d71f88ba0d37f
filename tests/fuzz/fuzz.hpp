#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

/// What libFuzzer, or replay_main.cpp, calls for every input.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size);

namespace hopcost::fuzz {

/// Ends the program, which is how a finding is reported, unless the property holds.
inline void expect(bool holds, const char* property) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", property);
  std::abort();
}

inline std::string_view text_of(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

/// A text and where to cut it, both taken from one input: the first byte says how many cuts (0 to
/// 7), as many bytes say how long each piece is (0 to 31), the rest is the text.
struct CutText {
  std::string text;
  std::vector<std::string> pieces;  ///< copies of their own: a view kept too long is seen
};

inline CutText cut(std::string_view input) {
  CutText result;
  if (input.empty()) return result;
  std::size_t cuts = static_cast<unsigned char>(input.front()) % 8U;
  input.remove_prefix(1);
  if (cuts > input.size()) cuts = input.size();
  const std::string_view lengths = input.substr(0, cuts);
  std::string_view rest = input.substr(cuts);
  result.text = rest;
  for (const char length : lengths) {
    const auto piece = rest.substr(0, static_cast<unsigned char>(length) % 32U);
    result.pieces.emplace_back(piece);
    rest.remove_prefix(piece.size());
  }
  result.pieces.emplace_back(rest);
  return result;
}

}  // namespace hopcost::fuzz
