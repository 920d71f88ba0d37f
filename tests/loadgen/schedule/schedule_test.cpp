#include "loadgen/schedule/schedule.hpp"

#include <algorithm>
#include <vector>

#include "tests/catch.hpp"

using namespace hopcost;
using namespace hopcost::loadgen;

TEST_CASE("a constant rate does not drift over a million requests") {
  // A third of a second is no whole number of nanoseconds.
  Schedule schedule(1000, RateProfile(3.0), {}, 1, 0, 1);
  Nanos last = 0;
  for (int i = 0; i < 1'000'000; ++i) last = schedule.take();
  CHECK(last == 1000 + 999'999 * kSecond / 3);
}

TEST_CASE("threads that share a schedule keep exactly the whole of it") {
  using Kind = Arrival::Kind;
  const auto kind =
      GENERATE(Kind::constant, Kind::uniform, Kind::poisson, Kind::gamma, Kind::burst);
  const Arrival how{.kind = kind, .burstiness = 0.5, .burst = 4};
  const RateProfile profile({{kSecond, 100, 700}, {kSecond, 0, 0}, {kSecond, 300, 300}});
  Schedule whole(5, profile, how, 9, 0, 1);
  std::vector<Nanos> together;
  for (int share = 0; share < 3; ++share) {
    Schedule part(5, profile, how, 9, share, 3);
    while (part.due() != Schedule::kNever) together.push_back(part.take());
  }
  std::ranges::sort(together);
  CHECK(together.size() > 500);
  for (const Nanos due : together) CHECK(due == whole.take());
  CHECK(whole.due() == Schedule::kNever);
}

TEST_CASE("looking when the next request is due does not take it") {
  Schedule schedule(0, RateProfile(1000), {}, 1, 0, 1);
  CHECK(schedule.due() == 0);
  CHECK(schedule.due() == 0);
  CHECK(schedule.take() == 0);
  CHECK(schedule.due() == kMillisecond);
}

TEST_CASE("a schedule that has ended stays so") {
  Schedule schedule(0, RateProfile({{kSecond, 2, 2}}), {}, 1, 0, 1);
  CHECK(schedule.take() == 0);
  CHECK(schedule.take() == kSecond / 2);
  for (int i = 0; i < 3; ++i) CHECK(schedule.take() == Schedule::kNever);
}
