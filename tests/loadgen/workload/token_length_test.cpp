#include "loadgen/workload/token_length.hpp"

#include <cmath>

#include "tests/catch.hpp"

using namespace hopcost;
using namespace hopcost::loadgen;

namespace {

struct Drawn {
  double mean = 0;
  double deviation = 0;
  std::uint32_t least = UINT32_MAX;
  std::uint32_t most = 0;
};

Drawn draw_many(const TokenLength& length) {
  constexpr int kDraws = 100'000;
  Random random(7);
  Drawn drawn;
  double squares = 0;
  for (int i = 0; i < kDraws; ++i) {
    const auto tokens = length.draw(random);
    drawn.mean += tokens;
    squares += static_cast<double>(tokens) * tokens;
    drawn.least = std::min(drawn.least, tokens);
    drawn.most = std::max(drawn.most, tokens);
  }
  drawn.mean /= kDraws;
  drawn.deviation = std::sqrt(squares / kDraws - drawn.mean * drawn.mean);
  return drawn;
}

Drawn drawn_from(std::string_view text) {
  const auto length = TokenLength::parse(text);
  REQUIRE(length);
  const auto drawn = draw_many(*length);
  CHECK(drawn.most <= length->most());
  return drawn;
}

}  // namespace

TEST_CASE("a fixed length is always the same") {
  const auto drawn = drawn_from("512");
  CHECK(drawn.least == 512);
  CHECK(drawn.most == 512);
  CHECK(TokenLength::parse("512") == TokenLength(512));
  CHECK(TokenLength(512).is_fixed());
}

TEST_CASE("a uniform length takes every value, ends included") {
  const auto drawn = drawn_from("3-6");
  CHECK(drawn.least == 3);
  CHECK(drawn.most == 6);
  CHECK(drawn.mean == Catch::Approx(4.5).epsilon(0.01));
}

TEST_CASE("normal and lognormal lengths have the mean and deviation asked for") {
  for (const auto* text : {"normal(512,64)", "lognormal(512,64)"}) {
    CAPTURE(text);
    const auto drawn = drawn_from(text);
    CHECK(drawn.mean == Catch::Approx(512).epsilon(0.01));
    CHECK(drawn.deviation == Catch::Approx(64).epsilon(0.02));
  }
  CHECK(drawn_from("normal(5,0)").most == 5);
}

TEST_CASE("what is drawn outside the bounds becomes the nearer one") {
  const auto drawn = drawn_from("normal(512,400,100-600)");
  CHECK(drawn.least == 100);
  CHECK(drawn.most == 600);
  CHECK(drawn_from("normal(2,5)").least == 1);
}

TEST_CASE("a length's text is read as the same length") {
  for (const auto* text : {"1", "256-1024", "normal(512,128,1-1000000)", "lognormal(9.5,3,2-40)"}) {
    CAPTURE(text);
    const auto length = TokenLength::parse(text);
    REQUIRE(length);
    CHECK(length->text() == text);
  }
}

TEST_CASE("what is no length is refused with the forms there are") {
  for (const auto* wrong : {"",
                            "0",
                            "-5",
                            "1000001",
                            "5-",
                            "-",
                            "9-3",
                            "0-3",
                            "1.5",
                            "normal",
                            "normal()",
                            "normal(5)",
                            "normal(5,)",
                            "normal(5,1",
                            "normal(5,-1)",
                            "normal(0,1)",
                            "normal(5,1,3)",
                            "normal(5,1,3-2)",
                            "normal(5,1,2-3,4)",
                            "gamma(5,1)",
                            "normal(nan,1)",
                            "normal(5,inf)",
                            "512 "}) {
    CAPTURE(wrong);
    const auto refused = TokenLength::parse(wrong);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message.find("lognormal") != std::string::npos);
  }
}
