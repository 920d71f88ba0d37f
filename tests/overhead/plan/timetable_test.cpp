#include "overhead/plan/timetable.hpp"

#include <array>

#include "tests/catch.hpp"

using namespace hopcost;
using namespace hopcost::overhead;

TEST_CASE("looks: one at the end, or three of which none comes before the fourth restart") {
  CHECK(looks_at(10, false).after == std::vector{10});
  CHECK(looks_at(10, false).level() == Catch::Approx(0.95));
  CHECK(looks_at(10, true).after == std::vector{4, 6, 10});
  CHECK(looks_at(10, true).level() == Catch::Approx(1 - 0.05 / 3));
  CHECK(looks_at(20, true).after == std::vector{8, 12, 20});
  CHECK(looks_at(5, true).after == std::vector{4, 5});
  CHECK(looks_at(4, true).after == std::vector{4});
  CHECK(looks_at(2, true).after == std::vector{2});
  CHECK(looks_at(10, true).has(6));
  CHECK_FALSE(looks_at(10, true).has(5));
}

TEST_CASE("restarts go in turn to those that want one and have the time") {
  std::array<StandupProgress, 3> standups{};
  CHECK(next_standup(standups, 4, std::nullopt) == 0);
  standups[0] = {1, 10 * kSecond, false};
  CHECK(next_standup(standups, 4, std::nullopt) == 1);
  // The first restart of another is taken to be as long as the longest so far.
  CHECK(next_standup(standups, 4, 9 * kSecond) == std::nullopt);
  CHECK(next_standup(standups, 4, 10 * kSecond) == 1);
  standups[1] = {1, 2 * kSecond, false};
  standups[2] = {1, 3 * kSecond, true};  // told, or broken
  CHECK(next_standup(standups, 4, std::nullopt) == 0);
  CHECK(next_standup(standups, 4, 5 * kSecond) == 1);  // no time for the slow one
  standups[1].restarts = 4;
  CHECK(next_standup(standups, 4, 5 * kSecond) == std::nullopt);
  CHECK(next_standup(standups, 4, -1) == std::nullopt);
}

TEST_CASE("a time budget shortens passes so that four restarts of all fit, down to a limit") {
  Experiment e;
  e.rounds = 2;
  e.min_pass = 300 * kMillisecond;
  const std::array plans{StandupPlan{"a", 1, 1, {{1, Mode::unary}, {8, Mode::unary}}}};
  e.time_budget = kSecond;
  CHECK(affordable_pass(e, plans) == 100 * kMillisecond);
  e.time_budget = 600 * kSecond;
  CHECK(affordable_pass(e, plans) == 300 * kMillisecond);
  e.time_budget = 24 * kSecond;
  const auto pass = affordable_pass(e, plans);
  CHECK(pass > 100 * kMillisecond);
  CHECK(pass < 300 * kMillisecond);
  e.min_pass = 50 * kMillisecond;
  CHECK(affordable_pass(e, plans) == 50 * kMillisecond);  // never longer than was asked for
}
