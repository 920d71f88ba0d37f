#include "mockserver/api/digits.hpp"

#include <array>
#include <charconv>

namespace hopcost::mockserver {

void append_number(std::string& out, std::uint64_t number) {
  std::array<char, 20> text{};
  const auto [end, ec] = std::to_chars(text.data(), text.data() + text.size(), number);
  out.append(text.data(), static_cast<std::size_t>(end - text.data()));
}

std::size_t digits(std::uint64_t number) {
  std::size_t count = 1;
  while (number >= 10) {
    number /= 10;
    ++count;
  }
  return count;
}

}  // namespace hopcost::mockserver
