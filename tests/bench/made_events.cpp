#include "tests/bench/made_events.hpp"

#include <array>
#include <cstdio>
#include <string_view>

namespace hopcost::bench {

std::string http_chunk(const std::string& payload) {
  std::array<char, 32> size{};
  std::snprintf(size.data(), size.size(), "%zx\r\n", payload.size());
  return size.data() + payload + "\r\n";
}

std::string made_event(std::size_t bytes) {
  constexpr std::string_view kBefore = "data: {\"choices\":[{\"delta\":{\"content\":\"";
  constexpr std::string_view kAfter = "\"}}]}\n\n";
  const std::size_t frame = kBefore.size() + kAfter.size();
  const std::string text(bytes > frame ? bytes - frame : 1, 'x');
  return std::string(kBefore) + text + std::string(kAfter);
}

}  // namespace hopcost::bench
