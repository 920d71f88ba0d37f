#include "loadgen/measure/series.hpp"

#include "tests/catch.hpp"

using namespace hopcost;
using namespace hopcost::loadgen;

namespace {

Sample lasting(Nanos e2e) {
  Sample sample;
  sample[Metric::e2e] = e2e;
  return sample;
}

std::vector<Second> all(Series& series, Nanos until) {
  auto seconds = series.take_ended(until);
  if (auto last = series.take_last(until)) seconds.push_back(*last);
  return seconds;
}

}  // namespace

TEST_CASE("requests belong to the seconds in which they are sent and end") {
  Series series;
  constexpr Nanos kStart = 100 * kSecond;
  series.begin(kStart);
  series.sent(kStart + 500 * kMillisecond);
  series.chunks(kStart + 600 * kMillisecond, 2);
  series.sent(kStart + 1'500 * kMillisecond);
  series.chunks(kStart + 1'600 * kMillisecond, 3);
  series.ended_well(kStart + 2'500 * kMillisecond, lasting(2 * kSecond), 7);
  series.ended_badly(kStart + 2'750 * kMillisecond);
  const auto seconds = all(series, kStart + 2'800 * kMillisecond);
  REQUIRE(seconds.size() == 3);
  CHECK(seconds[0].sent == 1);
  CHECK(seconds[1].sent == 1);
  CHECK(seconds[2].sent == 0);
  CHECK(seconds[0].chunks == 2);
  CHECK(seconds[1].chunks == 3);
  CHECK(seconds[2].ok == 1);
  CHECK(seconds[2].failed == 1);
  CHECK(seconds[2].output_tokens == 7);
  CHECK(seconds[2].times[2].count == 1);  // e2e
  CHECK(seconds[2].times[2].max == 2 * kSecond);
  // In flight: half a second of one; one, then two; two, then one.
  CHECK(seconds[0].in_flight == Catch::Approx(0.5));
  CHECK(seconds[1].in_flight == Catch::Approx(1.5));
  CHECK(seconds[2].in_flight == Catch::Approx(0.5 * 2 + 0.25));
}

TEST_CASE("seconds in which nothing happens are there, and are handed out once") {
  Series series;
  series.begin(0);
  series.sent(100);
  CHECK(series.take_ended(kSecond - 1).empty());
  const auto idle = series.take_ended(3 * kSecond);
  REQUIRE(idle.size() == 3);
  CHECK(idle[2].sent == 0);
  CHECK(idle[2].in_flight == Catch::Approx(1.0));
  CHECK(series.take_ended(3 * kSecond).empty());
  CHECK_FALSE(series.take_last(3 * kSecond));
}

TEST_CASE("threads' seconds add up") {
  Series one;
  Series other;
  one.begin(0);
  other.begin(0);
  one.sent(0);
  one.ended_well(10, lasting(10), 1);
  other.sent(0);
  other.ended_well(30, lasting(30), 2);
  other.sent(kSecond);
  other.ended_badly(kSecond + 1);
  auto sum = all(one, kSecond);
  merge_seconds(sum, all(other, kSecond + 1));
  REQUIRE(sum.size() == 2);
  CHECK(sum[0].ok == 2);
  CHECK(sum[0].output_tokens == 3);
  CHECK(sum[0].times[2].count == 2);
  CHECK(sum[0].times[2].min == 10);
  CHECK(sum[0].times[2].max == 30);
  CHECK(sum[1].failed == 1);
}
