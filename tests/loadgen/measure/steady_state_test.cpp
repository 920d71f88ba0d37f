#include "loadgen/measure/steady_state.hpp"

#include "tests/catch.hpp"

using namespace hopcost::loadgen;

namespace {

std::vector<Second> loads(std::initializer_list<double> in_flight) {
  std::vector<Second> seconds;
  for (const double load : in_flight) {
    auto& second = seconds.emplace_back();
    second.in_flight = load;
    second.ok = static_cast<std::uint64_t>(10 * load);
  }
  return seconds;
}

}  // namespace

TEST_CASE("the steady state leaves out how users begin and how they end") {
  const auto steady = steady_state(loads({2, 5, 8, 10, 10, 9.5, 10, 6, 1}), 9);
  REQUIRE(steady);
  CHECK(steady->from == 3);
  CHECK(steady->to == 7);
  CHECK(steady->in_flight == Catch::Approx(39.5 / 4));
  CHECK(steady->requests_per_s == Catch::Approx(395.0 / 4));
}

TEST_CASE("a run that is steady throughout is its own steady state, without what is behind it") {
  const auto steady = steady_state(loads({8, 8, 8, 8, 2}), 4);
  REQUIRE(steady);
  CHECK(steady->from == 0);
  CHECK(steady->to == 4);
}

TEST_CASE("one second that sticks out does not make the rest unsteady") {
  const auto steady = steady_state(loads({8, 8, 8, 8, 8, 30, 8, 8, 8, 8, 8, 8}), 12);
  REQUIRE(steady);
  CHECK(steady->length() == 12);
}

TEST_CASE("fewer than three steady seconds are no steady state") {
  CHECK_FALSE(steady_state(loads({8, 8}), 2));
  CHECK_FALSE(steady_state(loads({1, 10, 10, 1, 10}), 5));
  CHECK_FALSE(steady_state({}, 0));
}
