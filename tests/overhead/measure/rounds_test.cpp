#include "overhead/measure/rounds.hpp"

#include <algorithm>
#include <set>

#include "tests/catch.hpp"

using namespace hopcost;
using namespace hopcost::overhead;

namespace {

const std::vector<Arm> kArms{
    {"a", {}, "", {}, false}, {"b", {}, "", {}, false}, {"c", {}, "", {}, true}};

struct Recorded {
  RoundsResult result;
  std::vector<std::string> order;
};

/// Rounds of passes that take no time; `other_share` says how disturbed the k-th pass is.
Recorded record(int rounds, int repeats, const std::function<double(int)>& other_share) {
  std::mt19937_64 random(7);
  Recorded recorded;
  int count = 0;
  auto result =
      run_rounds(kArms, 3, rounds, random, repeats, {}, [&](const Arm& arm) -> Result<PassResult> {
        PassResult pass;
        pass.arm = arm.name;
        pass.other_cpu_share = other_share(count++);
        recorded.order.push_back(arm.name);
        return pass;
      });
  REQUIRE(result);
  recorded.result = std::move(*result);
  return recorded;
}

}  // namespace

TEST_CASE("the second round of a pair mirrors the first") {
  std::mt19937_64 random(1);
  std::set<std::vector<std::size_t>> orders;
  for (int i = 0; i < 200; ++i) {
    auto pair = mirrored_pair(3, random);
    orders.insert(pair.first);
    std::ranges::reverse(pair.second);
    CHECK(pair.first == pair.second);
  }
  CHECK(orders.size() == 6);  // every order occurs
}

TEST_CASE("the same seed gives the same order") {
  const auto quiet = [](int) { return 0.0; };
  CHECK(record(4, 0, quiet).order == record(4, 0, quiet).order);
}

TEST_CASE("a quiet run measures each round once and numbers its passes") {
  const auto quiet = record(4, 2, [](int) { return 0.0; });
  REQUIRE(quiet.result.passes.size() == 12);
  CHECK(quiet.result.repeated_pairs == 0);
  for (std::size_t i = 0; i < 12; ++i) {
    CHECK(quiet.result.passes[i].restart == 3);
    CHECK(quiet.result.passes[i].round == static_cast<int>(i / 3));
    CHECK(quiet.result.passes[i].position == static_cast<int>(i % 3));
    CHECK_FALSE(quiet.result.polluted[i]);
  }
}

TEST_CASE("a disturbed pair is measured again, then kept and marked") {
  // Passes 0 to 5 are the first pair, disturbed; then all is quiet.
  const auto once = record(2, 2, [](int i) { return i < 6 ? 0.5 : 0.0; });
  CHECK(once.result.repeated_pairs == 1);
  CHECK(once.result.passes.size() == 6);
  CHECK(std::ranges::count(once.result.polluted, true) == 0);

  const auto always = record(2, 2, [](int) { return 0.5; });
  CHECK(always.result.repeated_pairs == 2);
  CHECK(always.result.passes.size() == 6);
  CHECK(std::ranges::count(always.result.polluted, true) == 6);
}

TEST_CASE("a failed pass ends the rounds with its error") {
  std::mt19937_64 random(1);
  int repeats = 0;
  const auto result = run_rounds(
      kArms, 0, 2, random, repeats, {},
      [](const Arm&) -> Result<PassResult> { return fail(ErrorCode::unreachable, "gone"); });
  REQUIRE_FALSE(result);
  CHECK(result.error().message == "gone");
}

TEST_CASE("a stop keeps complete pairs only") {
  std::mt19937_64 random(1);
  std::stop_source stop;
  int repeats = 0;
  int count = 0;
  const auto result = run_rounds(kArms, 0, 6, random, repeats, stop.get_token(),
                                 [&](const Arm&) -> Result<PassResult> {
                                   if (++count == 8) stop.request_stop();
                                   return PassResult{};
                                 });
  REQUIRE(result);
  CHECK(result->passes.size() == 6);
}
