#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/clock.hpp"
#include "common/error.hpp"

namespace hopcost::loadgen {

/// The header of a reply in which a server says how long something took by its own clock.
struct ServerTimeHeader {
  std::string name;           ///< empty: none is looked for
  Nanos unit = kMillisecond;  ///< of a number without one
};

/// "x-litellm-overhead-duration-ms", "x-duration=us": the unit is what is said behind the "=", else
/// how the name ends (-ns, -us, -ms, -s), else milliseconds.
[[nodiscard]] Result<ServerTimeHeader> parse_server_time_header(std::string_view text);

/// The time in a header's value: a number, or that of the first "dur=" (Server-Timing, in ms).
/// Nothing where there is no number, or one below 0 or above a day.
[[nodiscard]] std::optional<Nanos> server_time_in(std::string_view value, Nanos unit);

}  // namespace hopcost::loadgen
