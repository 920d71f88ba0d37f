#include "loadgen/schedule.hpp"

#include <algorithm>
#include <vector>

#include "tests/catch.hpp"

using namespace hopcost;
using hopcost::loadgen::ConstantSchedule;

TEST_CASE("a constant rate does not drift over a million requests") {
  ConstantSchedule schedule(1000, 3.0, 0, 1);  // a third of a second is no whole number of ns
  Nanos last = 0;
  for (int i = 0; i < 1'000'000; ++i) last = schedule.take();
  CHECK(last == 1000 + 999'999 * kSecond / 3);
}

TEST_CASE("threads that share a rate keep exactly the whole schedule") {
  const double rate = 700;
  ConstantSchedule whole(5, rate, 0, 1);
  std::vector<ConstantSchedule> shares;
  for (int i = 0; i < 3; ++i) shares.emplace_back(5, rate, i, 3);
  std::vector<Nanos> together;
  for (auto& share : shares) {
    for (int i = 0; i < 100; ++i) together.push_back(share.take());
  }
  std::ranges::sort(together);
  for (const Nanos due : together) CHECK(due == whole.take());
}

TEST_CASE("looking when the next request is due does not take it") {
  ConstantSchedule schedule(0, 1000, 0, 1);
  CHECK(schedule.due() == 0);
  CHECK(schedule.due() == 0);
  CHECK(schedule.take() == 0);
  CHECK(schedule.due() == kMillisecond);
}
