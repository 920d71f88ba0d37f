#include "overhead/scaling/usl.hpp"

#include <cmath>
#include <random>
#include <vector>

#include "tests/catch.hpp"

using namespace hopcost::overhead;

namespace {

std::vector<LoadPoint> points_of(const UslFit& truth, const std::vector<double>& counts) {
  std::vector<LoadPoint> points;
  for (const double n : counts) points.push_back({n, truth.at(n)});
  return points;
}

}  // namespace

TEST_CASE("the fit finds the law that made the points") {
  const UslFit truth{1000, 0.05, 0.002};
  const auto fit = fit_usl(points_of(truth, {1, 2, 4, 8, 16, 32}));
  REQUIRE(fit);
  CHECK(fit->lambda == Catch::Approx(1000));
  CHECK(fit->alpha == Catch::Approx(0.05));
  CHECK(fit->beta == Catch::Approx(0.002));
  REQUIRE(fit->peak());
  CHECK(*fit->peak() == Catch::Approx(std::sqrt(0.95 / 0.002)));
}

TEST_CASE("linear scaling has neither contention nor a peak, noise or not") {
  auto points = points_of({500, 0, 0}, {1, 2, 3, 4, 8});
  const auto exact = fit_usl(points);
  REQUIRE(exact);
  CHECK(exact->alpha == Catch::Approx(0).margin(1e-9));
  CHECK(exact->beta == Catch::Approx(0).margin(1e-9));
  std::mt19937_64 random(7);
  std::normal_distribution<double> noise(1, 0.02);
  for (int i = 0; i < 100; ++i) {
    auto noisy = points;
    for (auto& point : noisy) point.throughput *= noise(random);
    const auto fit = fit_usl(noisy);
    REQUIRE(fit);
    CHECK(fit->alpha >= 0);
    CHECK(fit->beta >= 0);
    CHECK(fit->lambda == Catch::Approx(500).epsilon(0.1));
  }
}

TEST_CASE("a lock held all the time: no more throughput however many workers") {
  const auto fit = fit_usl(points_of({400, 1, 0}, {1, 2, 4, 8, 16}));
  REQUIRE(fit);
  CHECK(fit->alpha == Catch::Approx(1));
  CHECK(fit->at(16) == Catch::Approx(400));
}

TEST_CASE("too few points, or points without throughput, have no fit") {
  CHECK_FALSE(fit_usl(points_of({1, 0, 0}, {1, 2})));
  CHECK_FALSE(fit_usl(points_of({1, 0, 0}, {1, 2, 2, 1})));
  CHECK_FALSE(fit_usl(std::vector<LoadPoint>{{1, 10}, {2, 0}, {4, 20}}));
}
