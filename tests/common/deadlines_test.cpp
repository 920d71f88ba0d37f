#include "common/deadlines.hpp"

#include <map>
#include <memory>
#include <vector>

#include "common/random.hpp"
#include "tests/catch.hpp"

using hopcost::Deadline;
using hopcost::Deadlines;
using hopcost::Nanos;

TEST_CASE("deadlines come in the order of their times, whatever order they were set in") {
  Deadlines deadlines;
  std::vector<int> met;
  Deadline late(deadlines, [&] { met.push_back(3); });
  Deadline early(deadlines, [&] { met.push_back(1); });
  Deadline middle(deadlines, [&] { met.push_back(2); });
  late.set(300);
  early.set(100);
  middle.set(200);
  CHECK(deadlines.next_due() == 100);
  while (deadlines.run_next(1'000)) {
  }
  CHECK(met == std::vector{1, 2, 3});
  CHECK(deadlines.empty());
  CHECK_FALSE(deadlines.next_due());
}

TEST_CASE("a deadline is met at its time and not a nanosecond before, and once") {
  Deadlines deadlines;
  int met = 0;
  Deadline deadline(deadlines, [&] { ++met; });
  deadline.set(100);
  CHECK_FALSE(deadlines.run_next(99));
  CHECK(deadlines.run_next(100));
  CHECK_FALSE(deadlines.run_next(100));
  CHECK(met == 1);
  CHECK_FALSE(deadline.is_set());
}

TEST_CASE("a deadline that is set again counts at its new time only, earlier or later") {
  Deadlines deadlines;
  Deadline other(deadlines, [] {});
  Deadline moved(deadlines, [] {});
  other.set(100);
  moved.set(200);
  moved.set(50);
  CHECK(deadlines.next_due() == 50);
  moved.set(300);
  CHECK(deadlines.next_due() == 100);
  CHECK(deadlines.size() == 2);
}

TEST_CASE("what a deadline runs may set it again, cancel another, and end itself") {
  Deadlines deadlines;
  int met = 0;
  std::unique_ptr<Deadline> again;
  again = std::make_unique<Deadline>(deadlines, [&] {
    if (++met < 3) again->set(100 * met);
  });
  again->set(10);
  while (deadlines.run_next(1'000)) {
  }
  CHECK(met == 3);

  std::unique_ptr<Deadline> ends;
  Deadline cancelled(deadlines, [&] { FAIL("it was cancelled"); });
  ends = std::make_unique<Deadline>(deadlines, [&] {
    cancelled.cancel();
    ends.reset();
  });
  ends->set(10);
  cancelled.set(20);
  CHECK(deadlines.run_next(1'000));
  CHECK_FALSE(deadlines.run_next(1'000));
}

TEST_CASE("a deadline that ends is no longer waited for") {
  Deadlines deadlines;
  {
    Deadline ends(deadlines, [] { FAIL("it has ended"); });
    ends.set(10);
  }
  CHECK(deadlines.empty());
}

TEST_CASE("thousands of deadlines set, moved and cancelled at random come as a sorted list says") {
  constexpr std::size_t kCount = 500;
  hopcost::Random random(7);
  Deadlines deadlines;
  std::multimap<Nanos, std::size_t> expected;
  std::vector<std::unique_ptr<Deadline>> all;
  std::vector<Nanos> due(kCount, -1);
  std::vector<std::size_t> met;
  for (std::size_t i = 0; i < kCount; ++i) {
    all.push_back(std::make_unique<Deadline>(deadlines, [&met, i] { met.push_back(i); }));
  }
  for (int step = 0; step < 20'000; ++step) {
    const std::size_t i = random() % kCount;
    if (random() % 3 == 0) {
      all[i]->cancel();
      due[i] = -1;
    } else {
      due[i] = static_cast<Nanos>(random() % 1'000'000);
      all[i]->set(due[i]);
    }
  }
  for (std::size_t i = 0; i < kCount; ++i) {
    if (due[i] >= 0) expected.emplace(due[i], i);
  }
  REQUIRE(deadlines.size() == expected.size());
  while (!deadlines.empty()) {
    const Nanos next = *deadlines.next_due();
    REQUIRE(next == expected.begin()->first);
    REQUIRE(deadlines.run_next(next));
    REQUIRE(due[met.back()] == next);
    expected.erase(expected.begin());
  }
}
