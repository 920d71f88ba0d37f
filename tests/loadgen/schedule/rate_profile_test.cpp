#include "loadgen/schedule/rate_profile.hpp"

#include "tests/catch.hpp"

using hopcost::kMillisecond;
using hopcost::kSecond;
using hopcost::Nanos;
using hopcost::loadgen::RateProfile;

TEST_CASE("a constant rate never ends") {
  const RateProfile profile(200);
  CHECK(profile.time_of(0) == 0);
  CHECK(profile.time_of(1) == 5 * kMillisecond);
  CHECK(profile.time_of(2e6) == 10'000 * kSecond);
  CHECK(profile.expected(3 * kSecond) == Approx(600));
}

TEST_CASE("stages follow each other, pauses too, and then nothing comes") {
  const RateProfile profile({{kSecond, 10, 10}, {2 * kSecond, 0, 0}, {kSecond, 20, 20}});
  CHECK(profile.total() == Approx(30));
  CHECK(profile.time_of(9) == 900 * kMillisecond);
  CHECK(profile.time_of(10) == 3 * kSecond);
  CHECK(profile.time_of(11) == 3 * kSecond + 50 * kMillisecond);
  CHECK(profile.time_of(29.5) == 3 * kSecond + 975 * kMillisecond);
  CHECK_FALSE(profile.time_of(30));
  CHECK(profile.expected(500 * kMillisecond) == Approx(5));
  CHECK(profile.expected(2 * kSecond) == Approx(10));
  CHECK(profile.expected(100 * kSecond) == Approx(30));
}

TEST_CASE("a ramp has the arrivals of its mean rate, at the times of its slope") {
  const RateProfile up({{10 * kSecond, 0, 100}});
  CHECK(up.total() == Approx(500));
  // 5 t^2 arrivals after t seconds.
  CHECK(up.time_of(5) == kSecond);
  CHECK(up.time_of(125) == 5 * kSecond);
  CHECK(up.expected(5 * kSecond) == Approx(125));
  const RateProfile down({{10 * kSecond, 100, 0}});
  CHECK(down.time_of(375) == 5 * kSecond);
  CHECK_FALSE(down.time_of(500));
}

TEST_CASE("the time of what is expected at a time is that time") {
  const RateProfile profile({{kSecond, 5, 50}, {3 * kSecond, 50, 50.0001}, {2 * kSecond, 80, 1}});
  for (Nanos time = 0; time < 6 * kSecond; time += 7 * kMillisecond) {
    const auto again = profile.time_of(profile.expected(time));
    REQUIRE(again);
    CHECK(std::abs(*again - time) <= 2);
  }
}
