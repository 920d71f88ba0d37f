#pragma once

#include <cstdint>

#include "common/clock.hpp"

namespace hopcost::mockserver {

/// When the parts of one answer are due: pure arithmetic on the moment its request was complete.
///
/// Every deadline is absolute, so a late chunk never delays the ones after it and the stream does
/// not drift. Delays are at most kMaxDelay and answers at most kMaxTokens long: no overflow.
struct Pace {
  Nanos ttft = 0;
  Nanos itl = 0;

  /// Whether any delay was asked for. Without one nothing is due at any time and nothing is late.
  [[nodiscard]] bool asked() const { return ttft > 0 || itl > 0; }

  /// Content chunk `index`, counted from 0.
  [[nodiscard]] Nanos chunk_due(Nanos received_ns, std::uint32_t index) const {
    return received_ns + ttft + static_cast<Nanos>(index) * itl;
  }

  /// A unary reply of `tokens` (at least 1) is held until its last token would have been streamed.
  [[nodiscard]] Nanos unary_due(Nanos received_ns, std::uint32_t tokens) const {
    return chunk_due(received_ns, tokens - 1);
  }
};

}  // namespace hopcost::mockserver
