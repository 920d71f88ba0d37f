#include "loadgen/exchange/server_time.hpp"

#include "tests/catch.hpp"

using namespace hopcost;
using namespace hopcost::loadgen;

TEST_CASE("a header's unit is stated, or in its name, or milliseconds") {
  const auto unit = [](const char* text) { return parse_server_time_header(text).value().unit; };
  CHECK(unit("x-litellm-overhead-duration-ms") == kMillisecond);
  CHECK(unit("x-took-us") == kMicrosecond);
  CHECK(unit("x-took-s") == kSecond);
  CHECK(unit("x-took-ns") == 1);
  CHECK(unit("x-envoy-upstream-service-time") == kMillisecond);
  CHECK(unit("took") == kMillisecond);
  CHECK(unit("x-took=s") == kSecond);
  CHECK(parse_server_time_header("x-took=s")->name == "x-took");
  for (const auto* wrong : {"", "=ms", "x took", "x-took: 1", "x-took=minutes"}) {
    CAPTURE(wrong);
    CHECK_FALSE(parse_server_time_header(wrong));
  }
}

TEST_CASE("a time is a number, or the duration of a Server-Timing entry, all else is none") {
  CHECK(server_time_in("17.26", kMillisecond) == 17'260'000);
  CHECK(server_time_in("0", kMillisecond) == 0);
  CHECK(server_time_in("12", kMicrosecond) == 12'000);
  CHECK(server_time_in("total;dur=1.5, db;dur=9", kSecond) == 1'500'000);
  for (const auto* wrong :
       {"", "-", "-3", "nan", "inf", "1e300", "fast", "total;dur=", "99999999"}) {
    CAPTURE(wrong);
    CHECK_FALSE(server_time_in(wrong, kMillisecond * 1000));
  }
}
