#include "loadgen/schedule/arrivals.hpp"

#include <cmath>
#include <vector>

#include "tests/catch.hpp"

using hopcost::loadgen::Arrival;
using hopcost::loadgen::arrival_kind;
using hopcost::loadgen::Arrivals;
using Kind = hopcost::loadgen::Arrival::Kind;

namespace {

std::vector<double> first(std::size_t count, const Arrival& how, std::uint64_t seed = 1) {
  Arrivals arrivals(how, seed);
  std::vector<double> all;
  for (std::size_t i = 0; i < count; ++i) all.push_back(arrivals.next());
  return all;
}

/// Variance over mean of how many arrivals fall into windows of that length: 1 where each comes
/// without regard to the others, 0 where they are even, more where they are bunched.
double dispersion(const Arrival& how, double window, std::size_t windows) {
  Arrivals arrivals(how, 1);
  std::vector<double> counts(windows);
  for (double at = arrivals.next(); at < window * static_cast<double>(windows);
       at = arrivals.next()) {
    ++counts[static_cast<std::size_t>(at / window)];
  }
  double sum = 0;
  for (const double count : counts) sum += count;
  const double mean = sum / static_cast<double>(windows);
  double squares = 0;
  for (const double count : counts) squares += (count - mean) * (count - mean);
  return squares / static_cast<double>(windows - 1) / mean;
}

}  // namespace

TEST_CASE("constant arrivals come one a unit, the first at once") {
  CHECK(first(4, {}) == std::vector<double>{0, 1, 2, 3});
}

TEST_CASE("bursts come together, and as many in the long run") {
  CHECK(first(7, {.kind = Kind::burst, .burst = 3}) == std::vector<double>{0, 0, 0, 3, 3, 3, 6});
}

TEST_CASE("uniform arrivals stay within their share of a gap, and in order") {
  const auto half = first(10'000, {.kind = Kind::uniform, .jitter = 0.5});
  double latest = 0;
  for (std::size_t i = 0; i < half.size(); ++i) {
    const double late = half[i] - static_cast<double>(i);
    CHECK((late >= 0 && late < 0.5));
    latest = std::max(latest, late);
  }
  CHECK(latest > 0.45);
  const auto full = first(10'000, {.kind = Kind::uniform, .jitter = 1});
  CHECK(std::is_sorted(full.begin(), full.end()));
}

TEST_CASE("Poisson counts vary as Poisson counts do, in short windows and in long ones") {
  // With 4 000 windows the standard deviation of the figure is 0.022.
  CHECK(dispersion({.kind = Kind::poisson}, 1, 4'000) == Approx(1).margin(0.1));
  CHECK(dispersion({.kind = Kind::poisson}, 20, 4'000) == Approx(1).margin(0.1));
}

TEST_CASE("gamma arrivals are bunched below 1, as Poisson at 1, even above") {
  const auto of = [](double burstiness) {
    return dispersion({.kind = Kind::gamma, .burstiness = burstiness}, 200, 2'000);
  };
  // In long windows the dispersion of a renewal process is that of its gaps: 1 / shape.
  CHECK(of(0.25) == Approx(4).epsilon(0.15));
  CHECK(of(1) == Approx(1).epsilon(0.15));
  CHECK(of(4) == Approx(0.25).epsilon(0.15));
}

TEST_CASE("every kind has one arrival a unit in the long run and never goes back") {
  const auto kind =
      GENERATE(Kind::constant, Kind::uniform, Kind::poisson, Kind::gamma, Kind::burst);
  constexpr std::size_t kCount = 100'000;
  const auto all = first(kCount, {.kind = kind, .jitter = 1, .burstiness = 0.5, .burst = 8});
  CHECK(std::is_sorted(all.begin(), all.end()));
  CHECK(all.front() >= 0);
  // Five standard deviations of the widest, gamma with shape 0.5.
  CHECK(all.back() == Approx(kCount).margin(5 * std::sqrt(2 * kCount)));
}

TEST_CASE("a seed gives the same arrivals again, another seed others") {
  CHECK(first(100, {.kind = Kind::poisson}, 7) == first(100, {.kind = Kind::poisson}, 7));
  CHECK(first(100, {.kind = Kind::poisson}, 7) != first(100, {.kind = Kind::poisson}, 8));
}

TEST_CASE("kinds have names") {
  for (const auto kind : {Kind::constant, Kind::uniform, Kind::poisson, Kind::gamma, Kind::burst}) {
    CHECK(arrival_kind(name_of(kind)) == kind);
  }
  CHECK_FALSE(arrival_kind("Poisson"));
}
