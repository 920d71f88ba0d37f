#pragma once

#include <cmath>
#include <cstdint>

#include "common/clock.hpp"

namespace hopcost::loadgen {

/// When requests are due in an open loop at a constant rate. Times are absolute, so nothing drifts;
/// the k-th request of the whole run is due at start + k / rate, and each of `shares` threads takes
/// every shares-th of them: together they keep exactly the rate asked for. Pure arithmetic: time is
/// passed in.
class ConstantSchedule {
 public:
  ConstantSchedule(Nanos start, double rate_per_s, int share, int shares)
      : start_(start),
        gap_ns_(static_cast<double>(kSecond) / rate_per_s),
        share_(static_cast<std::uint64_t>(share)),
        shares_(static_cast<std::uint64_t>(shares)) {}

  /// When the next request is due.
  [[nodiscard]] Nanos due() const {
    const auto index = static_cast<double>(taken_ * shares_ + share_);
    return start_ + std::llround(index * gap_ns_);
  }
  /// Takes the next request and returns when it was due.
  Nanos take() {
    const Nanos when = due();
    ++taken_;
    return when;
  }

 private:
  Nanos start_;
  double gap_ns_;
  std::uint64_t share_;
  std::uint64_t shares_;
  std::uint64_t taken_ = 0;
};

}  // namespace hopcost::loadgen
