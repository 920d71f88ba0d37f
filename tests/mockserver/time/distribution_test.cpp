#include "mockserver/time/distribution.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "tests/catch.hpp"

using namespace hopcost;
using namespace hopcost::mockserver;
using Catch::Approx;

namespace {

constexpr int kSamples = 50'000;

struct Moments {
  double mean = 0;
  double stddev = 0;
  std::vector<double> sorted;

  [[nodiscard]] double quantile(double q) const {
    return sorted[static_cast<std::size_t>(q * static_cast<double>(sorted.size() - 1))];
  }
  /// Whether the mean is where the law of large numbers wants it: within five standard errors.
  [[nodiscard]] bool mean_is(double expected) const {
    return std::abs(mean - expected) <= 5 * stddev / std::sqrt(static_cast<double>(sorted.size()));
  }
};

Moments draw(const Distribution& distribution, std::uint64_t seed = 7) {
  Random random(seed);
  Moments m;
  double squares = 0;
  for (int i = 0; i < kSamples; ++i) {
    const double x = distribution.sample(random);
    m.sorted.push_back(x);
    m.mean += x / kSamples;
  }
  for (const double x : m.sorted) squares += (x - m.mean) * (x - m.mean);
  m.stddev = std::sqrt(squares / kSamples);
  std::sort(m.sorted.begin(), m.sorted.end());
  return m;
}

}  // namespace

TEST_CASE("a constant distribution always gives its value and draws nothing") {
  const auto d = Distribution::constant(20e6);
  Random random(1);
  Random untouched(1);
  for (int i = 0; i < 10; ++i) CHECK(d.sample(random) == 20e6);
  CHECK(random() == untouched());
  CHECK(d.is_constant());
  CHECK(d.mean() == 20e6);
  CHECK(d.max_value() == 20e6);
  CHECK(Distribution().mean() == 0);
  CHECK(Distribution().is_constant());
}

TEST_CASE("a uniform distribution fills its range evenly") {
  const auto d = Distribution::uniform(10, 30);
  const auto m = draw(d);
  CHECK(m.mean_is(20));
  CHECK(m.stddev == Approx(20 / std::sqrt(12.0)).epsilon(0.02));
  CHECK(m.sorted.front() >= 10);
  CHECK(m.sorted.back() <= 30);
  CHECK(m.quantile(0.1) == Approx(12).epsilon(0.02));
  CHECK(m.quantile(0.9) == Approx(28).epsilon(0.02));
  CHECK(d.mean() == 20);
  CHECK(d.max_value() == 30);
}

TEST_CASE("a normal distribution has its mean and deviation and is never negative") {
  const auto d = Distribution::normal(20e6, 5e6);
  const auto m = draw(d);
  CHECK(m.mean_is(20e6));
  CHECK(m.stddev == Approx(5e6).epsilon(0.02));
  CHECK(m.quantile(0.8413) == Approx(25e6).epsilon(0.02));
  CHECK(m.quantile(0.9772) == Approx(30e6).epsilon(0.02));

  const auto wide = draw(Distribution::normal(1, 10));
  CHECK(wide.sorted.front() == 0);
  CHECK(wide.quantile(0.9) == Approx(1 + 1.2816 * 10).epsilon(0.03));
}

TEST_CASE("a lognormal distribution has the mean and deviation of the variable itself") {
  const auto d = Distribution::lognormal(20e6, 10e6);
  const auto m = draw(d);
  CHECK(m.mean_is(20e6));
  CHECK(m.stddev == Approx(10e6).epsilon(0.05));
  CHECK(m.quantile(0.5) == Approx(20e6 / std::sqrt(1.25)).epsilon(0.02));
  CHECK(d.mean() == 20e6);
}

TEST_CASE("a lognormal distribution given by two quantiles has them") {
  const auto d = Distribution::lognormal_quantiles(20e6, 80e6);
  const auto m = draw(d);
  CHECK(m.quantile(0.5) == Approx(20e6).epsilon(0.02));
  CHECK(m.quantile(0.99) == Approx(80e6).epsilon(0.05));
  CHECK(m.mean_is(d.mean()));
}

TEST_CASE("a gamma distribution has its mean and width however the width is given") {
  using Spread = Distribution::Spread;
  for (const auto& d :
       {Distribution::gamma(20, Spread::stddev, 10), Distribution::gamma(20, Spread::cv, 0.5),
        Distribution::gamma(20, Spread::shape, 4)}) {
    const auto m = draw(d);
    CHECK(m.mean_is(20));
    CHECK(m.stddev == Approx(10).epsilon(0.03));
    CHECK(m.quantile(0.5) == Approx(18.36).epsilon(0.02));  // of shape 4, scale 5
    CHECK(d.mean() == 20);
  }
  const auto bursty = draw(Distribution::gamma(20, Spread::cv, 2));
  CHECK(bursty.mean_is(20));
  CHECK(bursty.stddev == Approx(40).epsilon(0.05));
}

TEST_CASE("a percentile table is linear between its entries and flat outside") {
  const auto d = Distribution::percentiles({{10, 100}, {50, 200}, {90, 1000}});
  const auto m = draw(d);
  CHECK(m.sorted.front() == 100);
  CHECK(m.sorted.back() == 1000);
  CHECK(m.quantile(0.05) == 100);
  CHECK(m.quantile(0.30) == Approx(150).epsilon(0.02));
  CHECK(m.quantile(0.50) == Approx(200).epsilon(0.02));
  CHECK(m.quantile(0.70) == Approx(600).epsilon(0.02));
  CHECK(m.quantile(0.95) == 1000);
  CHECK(d.mean() == Approx(0.1 * 100 + 0.4 * 150 + 0.4 * 600 + 0.1 * 1000));
  CHECK(m.mean_is(d.mean()));
  CHECK(d.max_value() == 1000);
  CHECK(draw(Distribution::percentiles({{50, 7}})).sorted.front() == 7);
}

TEST_CASE("a trace in order gives its values round and round, also through copies") {
  const auto d = Distribution::trace({3, 1, 2}, Distribution::Order::sequence);
  Random random(1);
  const auto copy = d;
  CHECK(d.sample(random) == 3);
  CHECK(copy.sample(random) == 1);
  CHECK(d.sample(random) == 2);
  CHECK(d.sample(random) == 3);
  CHECK(d.sample_at(0, random) == 3);
  CHECK(d.sample_at(4, random) == 1);
  CHECK(d.sample(random) == 1);  // sample_at did not move it
  CHECK(d.mean() == 2);
  CHECK(d.max_value() == 3);
}

TEST_CASE("a trace at random gives each value equally often") {
  const auto d = Distribution::trace({5, 6, 7, 7}, Distribution::Order::random);
  Random random(3);
  std::map<double, int> seen;
  for (int i = 0; i < kSamples; ++i) ++seen[d.sample(random)];
  REQUIRE(seen.size() == 3);
  CHECK(seen[5] == Approx(kSamples / 4.0).epsilon(0.05));
  CHECK(seen[6] == Approx(kSamples / 4.0).epsilon(0.05));
  CHECK(seen[7] == Approx(kSamples / 2.0).epsilon(0.05));
}

TEST_CASE("a clipped distribution never leaves its bounds and keeps its inside") {
  const auto d = Distribution::normal(20, 5).clipped(18, 30);
  const auto m = draw(d);
  CHECK(m.sorted.front() == 18);
  CHECK(m.sorted.back() == 30);
  CHECK(m.quantile(0.8413) == Approx(25).epsilon(0.02));
  CHECK(d.min_value() == 18);
  CHECK(d.max_value() == 30);
  CHECK(Distribution::lognormal(10, 5).clipped(std::nullopt, 8).mean() == 8);
}

TEST_CASE("no sample is longer than the longest delay, however wide it is") {
  const auto d = Distribution::lognormal_quantiles(1e9, static_cast<double>(kLongestDelay));
  const auto m = draw(d);
  CHECK(m.sorted.back() == static_cast<double>(kLongestDelay));
  CHECK(d.max_value() == static_cast<double>(kLongestDelay));
}

TEST_CASE("whole numbers drawn evenly come equally often at the ends and between") {
  const auto d = Distribution::uniform(1, 4).whole(1, 100);
  Random random(5);
  std::map<double, int> seen;
  for (int i = 0; i < kSamples; ++i) ++seen[d.sample(random)];
  REQUIRE(seen.size() == 4);
  for (int value = 1; value <= 4; ++value)
    CHECK(seen[value] == Approx(kSamples / 4.0).epsilon(0.05));
}

TEST_CASE("whole numbers of other distributions are rounded and stay in range") {
  const auto m = draw(Distribution::normal(64, 40).whole(1, 128));
  CHECK(m.sorted.front() == 1);
  CHECK(m.sorted.back() == 128);
  CHECK(std::all_of(m.sorted.begin(), m.sorted.end(), [](double x) { return x == std::floor(x); }));
  CHECK(m.quantile(0.5) == Approx(64).margin(1));
}

TEST_CASE("the same seed draws the same samples, another seed others") {
  for (const auto& d : {Distribution::normal(20, 5), Distribution::lognormal(20, 5),
                        Distribution::gamma(20, Distribution::Spread::cv, 0.5),
                        Distribution::percentiles({{0, 1}, {100, 9}})}) {
    CHECK(draw(d, 1).sorted == draw(d, 1).sorted);
    CHECK(draw(d, 1).sorted != draw(d, 2).sorted);
  }
}
