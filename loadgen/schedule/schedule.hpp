#pragma once

#include <cstdint>
#include <limits>

#include "common/clock.hpp"
#include "loadgen/schedule/arrivals.hpp"
#include "loadgen/schedule/rate_profile.hpp"

namespace hopcost::loadgen {

/// When the requests of an open loop are due: arrivals laid along a rate. Times are absolute and
/// none depends on when another was sent, so nothing drifts.
///
/// Each of `shares` threads makes the whole schedule and takes every shares-th request of it:
/// together they send exactly the requests of one thread, whatever the arrivals are. Pure
/// arithmetic: no clock.
class Schedule {
 public:
  /// due() where nothing more is.
  static constexpr Nanos kNever = std::numeric_limits<Nanos>::max();

  Schedule(Nanos start, RateProfile profile, const Arrival& how, std::uint64_t seed, int share,
           int shares);

  /// When the next request is due.
  [[nodiscard]] Nanos due() const { return due_; }
  /// Takes the next request and returns when it was due.
  Nanos take();

 private:
  void advance(int arrivals);

  Nanos start_;
  RateProfile profile_;
  Arrivals arrivals_;
  int shares_;
  Nanos due_ = kNever;
};

}  // namespace hopcost::loadgen
