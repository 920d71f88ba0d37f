#include "overhead/plan/placement.hpp"

#include <set>

#include "tests/catch.hpp"

using namespace hopcost;
using namespace hopcost::overhead;

TEST_CASE("with three CPUs or more the parts are disjoint, and no CPU is left over") {
  for (int count = 3; count <= 16; ++count) {
    CpuSet allowed;
    for (int i = 0; i < count; ++i) allowed.push_back(2 * i);
    const auto placement = place(allowed, true);
    std::multiset<int> used(placement.generator.begin(), placement.generator.end());
    used.insert(placement.backend.begin(), placement.backend.end());
    used.insert(placement.stack.begin(), placement.stack.end());
    CHECK(placement.disjoint);
    CHECK(placement.spin);
    CHECK(used == std::multiset<int>(allowed.begin(), allowed.end()));
    CHECK_FALSE(placement.stack.empty());
  }
}

TEST_CASE("with two CPUs backend and stack share one, and it is said") {
  const auto placement = place({4, 5}, true);
  CHECK(placement.generator == CpuSet{4});
  CHECK(placement.backend == CpuSet{5});
  CHECK(placement.stack == CpuSet{5});
  CHECK_FALSE(placement.disjoint);
  CHECK(placement.note.find("share") != std::string::npos);
}

TEST_CASE("one CPU, or no pinning, never spins a CPU away") {
  CHECK_FALSE(place({0}, true).spin);
  CHECK(place({0}, true).generator.empty());
  CHECK_FALSE(place({0, 1}, false).spin);
  CHECK(place({0, 1}, false).stack.empty());
}
