#pragma once

#include <cstdint>

#include "common/clock.hpp"

namespace hopcost::mockserver {

struct Pace {
  Nanos received_ns = 0;
  Nanos ttft = 0;
  Nanos itl = 0;
  std::uint32_t token = 0;

  [[nodiscard]] bool asked() const { return ttft > 0 || itl > 0; }
  [[nodiscard]] Nanos due() const { return received_ns + ttft + static_cast<Nanos>(token) * itl; }
  void advance(std::uint32_t tokens) { token += tokens; }
  [[nodiscard]] Nanos unary_due(std::uint32_t tokens) const {
    return received_ns + ttft + static_cast<Nanos>(tokens - 1) * itl;
  }
};

}  // namespace hopcost::mockserver
