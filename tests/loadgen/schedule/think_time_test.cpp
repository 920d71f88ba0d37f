#include "loadgen/schedule/think_time.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "tests/catch.hpp"

using namespace hopcost;
using namespace hopcost::loadgen;

namespace {

std::vector<Nanos> drawn_from(std::string_view text) {
  const auto time = ThinkTime::parse(text);
  REQUIRE(time);
  Random random(3);
  std::vector<Nanos> all(100'000);
  for (auto& one : all) one = time->draw(random);
  std::ranges::sort(all);
  return all;
}

double mean_of(const std::vector<Nanos>& all) {
  double sum = 0;
  for (const auto one : all) sum += static_cast<double>(one);
  return sum / static_cast<double>(all.size());
}

}  // namespace

TEST_CASE("a user thinks for ever the same time, or for one in a range") {
  const auto same = drawn_from("1500ms");
  CHECK(same.front() == 1500 * kMillisecond);
  CHECK(same.back() == 1500 * kMillisecond);
  const auto range = drawn_from("1s-3s");
  CHECK(range.front() >= kSecond);
  CHECK(range.back() <= 3 * kSecond);
  CHECK(mean_of(range) == Catch::Approx(2e9).epsilon(0.01));
}

TEST_CASE("exponential times have the mean and the median of their law") {
  const auto all = drawn_from("exp(2s)");
  CHECK(all.front() >= 0);
  CHECK(mean_of(all) == Catch::Approx(2e9).epsilon(0.02));
  CHECK(static_cast<double>(all[all.size() / 2]) == Catch::Approx(2e9 * std::log(2)).epsilon(0.02));
}

TEST_CASE("no time to think is none") {
  CHECK(ThinkTime().is_none());
  CHECK(ThinkTime::parse("0")->is_none());
  CHECK_FALSE(ThinkTime::parse("1ns")->is_none());
  CHECK_FALSE(ThinkTime::parse("exp(1s)")->is_none());
}

TEST_CASE("a think time's text is read as the same time, and nonsense is refused") {
  for (const auto* text : {"1500ms", "1s-3s", "exp(2s)"}) {
    CAPTURE(text);
    CHECK(ThinkTime::parse(text)->text() == text);
  }
  for (const auto* wrong : {"", "5", "3s-1s", "-1s", "1s-", "exp(1s", "exp()", "exp(5)", "25h",
                            "1s-25h", "exp(25h)", "gauss(1s)"}) {
    CAPTURE(wrong);
    CHECK_FALSE(ThinkTime::parse(wrong));
  }
}
