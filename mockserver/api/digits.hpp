#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace hopcost::mockserver {

/// Appends `number` in decimal digits.
void append_number(std::string& out, std::uint64_t number);
/// How many digits that takes.
[[nodiscard]] std::size_t digits(std::uint64_t number);

}  // namespace hopcost::mockserver
