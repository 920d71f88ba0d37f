#include "common/histogram.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/catch.hpp"

using hopcost::Histogram;

namespace {

Histogram histogram_of(const std::vector<std::int64_t>& samples) {
  Histogram h;
  for (const auto v : samples) h.record(v);
  return h;
}

/// The same definition as the histogram's, on the samples themselves.
double exact_quantile(std::vector<std::int64_t> samples, double q) {
  std::ranges::sort(samples);
  const double rank = q * static_cast<double>(samples.size() - 1);
  const auto low = static_cast<std::size_t>(std::floor(rank));
  const auto high = std::min(low + 1, samples.size() - 1);
  const auto a = static_cast<double>(samples[low]);
  const auto b = static_cast<double>(samples[high]);
  return a + (rank - std::floor(rank)) * (b - a);
}

enum class Shape { uniform, exponential, lognormal, two_humps, constant };

std::vector<std::int64_t> draw(Shape shape, std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> uniform(0, 1);
  std::lognormal_distribution<double> lognormal(13, 1.5);
  std::normal_distribution<double> normal(0, 1);
  std::vector<std::int64_t> samples;
  for (std::size_t i = 0; i < count; ++i) {
    double v = 0;
    switch (shape) {
      case Shape::uniform:
        v = uniform(random) * 5e6;
        break;
      case Shape::exponential:
        v = -std::log1p(-uniform(random)) * 2e6;
        break;
      case Shape::lognormal:
        v = lognormal(random);
        break;
      case Shape::two_humps:
        v = (uniform(random) < 0.7 ? 2e5 : 9e7) * (1 + 0.01 * normal(random));
        break;
      case Shape::constant:
        v = 1234567;
        break;
    }
    samples.push_back(static_cast<std::int64_t>(v));
  }
  return samples;
}

constexpr Shape kShapes[] = {Shape::uniform, Shape::exponential, Shape::lognormal, Shape::two_humps,
                             Shape::constant};
constexpr double kQuantiles[] = {0, 0.001, 0.01, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1};

struct Bucket {
  std::uint64_t lower, width, count;
};

std::vector<Bucket> buckets_of(const nlohmann::json& json) {
  std::vector<Bucket> list;
  for (const auto& b : json.at("buckets")) {
    list.push_back(
        {b.at(0).get<std::uint64_t>(), b.at(1).get<std::uint64_t>(), b.at(2).get<std::uint64_t>()});
  }
  return list;
}

}  // namespace

TEST_CASE("an empty histogram has no quantiles and does not fail") {
  const Histogram h;
  CHECK(h.count() == 0);
  CHECK(h.min() == 0);
  CHECK(h.max() == 0);
  CHECK(h.mean() == 0.0);
  CHECK_FALSE(h.quantile(0.5).has_value());
  CHECK_FALSE(h.quantile_if_supported(0.5, 0).has_value());
  CHECK(h.count_above(0) == 0);
  CHECK(h.to_json().at("buckets").empty());
}

TEST_CASE("values below 2048 are kept exactly") {
  Histogram h;
  for (std::int64_t v = 0; v < 2048; ++v) h.record(v);
  CHECK(h.count() == 2048);
  CHECK(h.sum() == 2047.0 * 2048 / 2);
  for (int v = 0; v < 2048; ++v) {
    REQUIRE(h.quantile(v / 2047.0).value() == Catch::Approx(v).margin(1e-6));
    REQUIRE(h.count_above(v) == static_cast<std::uint64_t>(2047 - v));
  }
}

TEST_CASE("quantiles interpolate linearly between order statistics") {
  const auto h = histogram_of({10, 20, 40});
  CHECK(h.quantile(0).value() == 10);
  CHECK(h.quantile(0.25).value() == Catch::Approx(15));
  CHECK(h.quantile(0.5).value() == 20);
  CHECK(h.quantile(0.75).value() == Catch::Approx(30));
  CHECK(h.quantile(1).value() == 40);
  CHECK(h.quantile(-3).value() == 10);
  CHECK(h.quantile(7).value() == 40);
}

TEST_CASE("a quantile is within a thousandth of the sorted samples' own") {
  for (const auto shape : kShapes) {
    for (const std::size_t count : {1U, 2U, 11U, 1000U, 50000U}) {
      const auto samples = draw(shape, count, 7 + count);
      const auto h = histogram_of(samples);
      for (const double q : kQuantiles) {
        INFO("shape " << static_cast<int>(shape) << ", " << count << " samples, q " << q);
        const double exact = exact_quantile(samples, q);
        REQUIRE(std::abs(h.quantile(q).value() - exact) <= exact / 1000 + 1e-6);
      }
    }
  }
}

TEST_CASE("quantiles never leave the range of the samples and never fall as q grows") {
  for (const auto shape : kShapes) {
    const auto h = histogram_of(draw(shape, 3000, 3));
    double last = 0;
    for (int i = 0; i <= 1000; ++i) {
      const double v = h.quantile(i / 1000.0).value();
      REQUIRE(v >= static_cast<double>(h.min()));
      REQUIRE(v <= static_cast<double>(h.max()));
      REQUIRE(v >= last);
      last = v;
    }
  }
}

TEST_CASE("many samples in one bucket are spread over it rather than piled on its edge") {
  // 2^20 starts a bucket 1024 wide.
  Histogram h;
  for (std::int64_t v = 0; v < 1024; ++v) h.record((1 << 20) + v);
  for (const double q : {0.1, 0.5, 0.9}) {
    CHECK(std::abs(h.quantile(q).value() - ((1 << 20) + q * 1023)) < 2);
  }
}

TEST_CASE("minimum, maximum and sum are exact however large the values") {
  const auto h = histogram_of({987654321987, 123456789, 5000000001});
  CHECK(h.min() == 123456789);
  CHECK(h.max() == 987654321987);
  CHECK(h.sum() == 987654321987.0 + 123456789.0 + 5000000001.0);
  CHECK(h.mean() == Catch::Approx(h.sum() / 3));
}

TEST_CASE("a negative value counts as zero") {
  const auto h = histogram_of({-5, 3});
  CHECK(h.min() == 0);
  CHECK(h.sum() == 3);
}

TEST_CASE(
    "a value recorded many times equals as many recordings, and none at all leaves no trace") {
  Histogram once;
  once.record(70000, 1000);
  once.record(99999999, 0);
  Histogram often;
  for (int i = 0; i < 1000; ++i) often.record(70000);
  CHECK(once.to_json() == often.to_json());
  CHECK(once.max() == 70000);
}

TEST_CASE("merging gives what recording everything in one histogram gives") {
  auto pooled = draw(Shape::lognormal, 4000, 1);
  const auto second = draw(Shape::uniform, 900, 2);
  Histogram a = histogram_of(pooled);
  const Histogram b = histogram_of(second);
  pooled.insert(pooled.end(), second.begin(), second.end());
  const Histogram both = histogram_of(pooled);

  Histogram other_way = b;
  other_way.merge(a);
  a.merge(b);
  a.merge(Histogram());
  for (const auto& merged : {a, other_way}) {
    CHECK(merged.count() == both.count());
    CHECK(merged.min() == both.min());
    CHECK(merged.max() == both.max());
    CHECK(merged.sum() == Catch::Approx(both.sum()));
    for (const double q : kQuantiles) CHECK(merged.quantile(q) == both.quantile(q));
    CHECK(merged.to_json().at("buckets") == both.to_json().at("buckets"));
  }
}

TEST_CASE("a cleared histogram is as good as new") {
  Histogram h = histogram_of({5, 500000});
  h.clear();
  CHECK(h.count() == 0);
  h.record(9);
  CHECK(h.min() == 9);
  CHECK(h.max() == 9);
}

TEST_CASE("a quantile is withheld when fewer than ten samples lie past it") {
  Histogram h;
  h.record(5, 999);
  CHECK_FALSE(h.quantile_if_supported(0.99).has_value());
  CHECK(h.quantile_if_supported(0.98).has_value());
  h.record(5);
  CHECK(h.quantile_if_supported(0.99) == h.quantile(0.99));
  CHECK_FALSE(h.quantile_if_supported(0.991).has_value());
  CHECK(h.quantile_if_supported(0.999, 1).has_value());
  CHECK_FALSE(h.quantile_if_supported(0.999, 2).has_value());
}

TEST_CASE("counting above a value is exact below 2048 and right to a bucket beyond") {
  const auto samples = draw(Shape::exponential, 20000, 4);
  const auto h = histogram_of(samples);
  for (const double limit : {0.0, 1000.0, 1e5, 2.3e6, 1e7}) {
    const auto above = [&](double x) {
      return static_cast<std::uint64_t>(
          std::ranges::count_if(samples, [&](auto v) { return static_cast<double>(v) > x; }));
    };
    CHECK(h.count_above(limit) <= above(limit));
    CHECK(h.count_above(limit) >= above(limit * 1.001));
  }
  CHECK(h.count_above(1e300) == 0);
}

TEST_CASE("JSON buckets hold every sample, do not overlap and are as narrow as promised") {
  for (const auto shape : kShapes) {
    for (const int bits : {1, 4, 7, 10, 14}) {
      const auto samples = draw(shape, 5000, 12);
      const auto json = histogram_of(samples).to_json(bits);
      const auto buckets = buckets_of(json);
      std::uint64_t total = 0;
      std::uint64_t end = 0;
      for (const auto& b : buckets) {
        INFO("bits " << bits << ", bucket " << b.lower << " + " << b.width);
        REQUIRE(b.lower >= end);
        end = b.lower + b.width;
        const auto inside = std::ranges::count_if(samples, [&](std::int64_t v) {
          const auto u = static_cast<std::uint64_t>(v);
          return u >= b.lower && u < end;
        });
        REQUIRE(b.count == static_cast<std::uint64_t>(inside));
        // Beyond the histogram's own 10 bits there is nothing finer to give.
        const int fine = std::min(bits, 10);
        REQUIRE((b.width == 1 || b.width << fine <= b.lower));
        total += b.count;
      }
      CHECK(total == samples.size());
      CHECK(json.at("count") == samples.size());
    }
  }
}

TEST_CASE("JSON buckets of a solid range touch one another") {
  Histogram h;
  for (std::int64_t v = 1; v < 300000; ++v) h.record(v);
  const auto buckets = buckets_of(h.to_json());
  REQUIRE(buckets.front().lower == 1);
  for (std::size_t i = 1; i < buckets.size(); ++i) {
    REQUIRE(buckets[i].lower == buckets[i - 1].lower + buckets[i - 1].width);
  }
  CHECK(buckets.size() < 3000);  // 0.8 % steps, not one bucket a value
}

TEST_CASE("the largest values there are do not hang or overflow anything") {
  constexpr auto kMax = std::numeric_limits<std::int64_t>::max();
  auto h = histogram_of({kMax / 4, kMax / 2 + 9, kMax});  // grows in three steps
  CHECK(h.max() == static_cast<std::uint64_t>(kMax));
  CHECK(h.quantile(0).value() == static_cast<double>(kMax / 4));
  CHECK(h.quantile(1).value() == static_cast<double>(kMax));
  CHECK(h.count_above(0) == 3);
  std::uint64_t total = 0;
  for (const auto& b : buckets_of(h.to_json())) total += b.count;
  CHECK(total == 3);
}
