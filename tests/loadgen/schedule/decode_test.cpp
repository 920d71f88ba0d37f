#include "loadgen/schedule/decode.hpp"

#include "tests/catch.hpp"

using hopcost::kMillisecond;
using hopcost::kSecond;
using hopcost::loadgen::length_of;
using hopcost::loadgen::parse_stages;
using hopcost::loadgen::Stage;

TEST_CASE("stages are rates, ramps and pauses with their times") {
  const auto stages = parse_stages("100/s:10s, 100/s-500/s : 1500ms,0:5s,6000/m-0:1m");
  REQUIRE(stages);
  CHECK(*stages == std::vector<Stage>{{10 * kSecond, 100, 100},
                                      {1500 * kMillisecond, 100, 500},
                                      {5 * kSecond, 0, 0},
                                      {60 * kSecond, 100, 0}});
  CHECK(length_of(*stages) == 76 * kSecond + 500 * kMillisecond);
}

TEST_CASE("what is no list of stages is refused") {
  for (const auto* const text :
       {"", ",", "100/s", "100:10s", "100/s:10", "100/s:0", "100/s:10s,", "100/s:-1s", "-5/s:1s",
        "100/s-:1s", "-100/s:1s", "0:5s", "100/s:25h", "a/s:1s", "100/s-200/s-300/s:1s"}) {
    INFO(text);
    CHECK_FALSE(parse_stages(text));
  }
  std::string many = "1/s:1s";
  for (int i = 0; i < 1'000; ++i) many += ",1/s:1s";
  CHECK_FALSE(parse_stages(many));
}
