#include "overhead/microbench/rank_test.hpp"

#include <numeric>
#include <vector>

#include "tests/catch.hpp"

using namespace hopcost::overhead;

namespace {

std::vector<double> counting(double from, std::size_t count) {
  std::vector<double> values(count);
  std::iota(values.begin(), values.end(), from);
  return values;
}

}  // namespace

TEST_CASE("samples that lie wholly apart have the smallest p their sizes can give") {
  // Of the 252 ways to mix 5 and 5 values, two are wholly apart.
  const auto five = rank_test(counting(1, 5), counting(6, 5));
  CHECK(five.u == 25);
  CHECK(five.p == Catch::Approx(2.0 / 252));
  CHECK(five.smallest_p == five.p);
  CHECK(rank_test(counting(6, 5), counting(1, 5)).p == Catch::Approx(2.0 / 252));
  CHECK(rank_test(counting(1, 3), counting(4, 3)).p == Catch::Approx(2.0 / 20));
  CHECK(rank_test(counting(1, 2), counting(4, 4)).p == Catch::Approx(2.0 / 15));
}

TEST_CASE("the exact distribution of U, counted by hand for 3 and 3 values") {
  // U = 0..9 in 1, 1, 2, 3, 3, 3, 3, 2, 1, 1 of the 20 ways.
  const std::vector<double> first{1, 2, 4};
  CHECK(rank_test(first, std::vector<double>{3, 5, 6}).u == 8);
  CHECK(rank_test(first, std::vector<double>{3, 5, 6}).p == Catch::Approx(2 * 2.0 / 20));
  CHECK(rank_test(std::vector<double>{1, 4, 6}, std::vector<double>{2, 3, 5}).p == 1.0);
}

TEST_CASE("like samples do not differ, and empty ones say nothing") {
  const std::vector<double> same(8, 4.0);
  CHECK(rank_test(same, same).p == 1.0);
  CHECK(rank_test({}, same).p == 1.0);
}

TEST_CASE("many values: the normal approximation agrees with the exact one") {
  // 25 and 25 are exact; one tie among them makes the same case approximate.
  auto first = counting(0, 25);
  auto second = counting(6.5, 25);
  const auto exact = rank_test(first, second);
  second.back() = first.back() + 100;
  first.front() = first[1] - 1e-9;
  second[0] = second[1];
  const auto tied = rank_test(first, second);
  CHECK(exact.p < 0.05);
  CHECK(tied.p == Catch::Approx(exact.p).epsilon(0.25));
}
