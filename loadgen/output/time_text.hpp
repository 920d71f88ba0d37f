#pragma once

#include <string>

#include "common/clock.hpp"

namespace hopcost::loadgen {

// Points in time, ns since the epoch, as texts in UTC.

/// "2026-11-22T15:28:03Z"
[[nodiscard]] std::string utc_text(Nanos since_epoch_ns);
/// "2026-11-22T15:28:03.000250", for formats that add a zone or have none
[[nodiscard]] std::string utc_text_us(Nanos since_epoch_ns);
/// "20261122-152803", for names of files
[[nodiscard]] std::string utc_stamp(Nanos since_epoch_ns);

}  // namespace hopcost::loadgen
