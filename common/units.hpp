#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/clock.hpp"
#include "common/error.hpp"

namespace hopcost {

/// "20ms", "250us", "1.5s", "2m", "40ns" or "0" -> nanoseconds. A bare number other than 0 is
/// refused: it would hide its unit.
[[nodiscard]] Result<Nanos> parse_duration(std::string_view text);

/// "100/s", "6000/m" -> events per second. Must be above 0.
[[nodiscard]] Result<double> parse_rate(std::string_view text);

/// "64KiB", "2MiB", "512" (bytes) -> bytes.
[[nodiscard]] Result<std::uint64_t> parse_size(std::string_view text);

/// "23.4 us", "1.20 ms", "-3.1 us": three or four significant digits, for people.
[[nodiscard]] std::string format_duration(double ns);

/// The shortest text that parse_duration reads back: "20ms", "1500us".
[[nodiscard]] std::string duration_text(Nanos ns);

}  // namespace hopcost
