#include "loadgen/schedule/schedule.hpp"

#include <utility>

namespace hopcost::loadgen {

Schedule::Schedule(Nanos start, RateProfile profile, const Arrival& how, std::uint64_t seed,
                   int share, int shares)
    : start_(start), profile_(std::move(profile)), arrivals_(how, seed), shares_(shares) {
  advance(share + 1);
}

void Schedule::advance(int arrivals) {
  double at = 0;
  for (int i = 0; i < arrivals; ++i) at = arrivals_.next();
  const auto time = profile_.time_of(at);
  due_ = time ? start_ + *time : kNever;
}

Nanos Schedule::take() {
  const Nanos taken = due_;
  if (taken != kNever) advance(shares_);
  return taken;
}

}  // namespace hopcost::loadgen
