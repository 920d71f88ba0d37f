#include "overhead/estimate/estimate.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <boost/math/distributions/students_t.hpp>

namespace hopcost::overhead {

double Estimate::largest_end() const {
  return std::max(std::abs(low), std::abs(high));
}

double median(std::span<const double> values) {
  std::vector<double> sorted(values.begin(), values.end());
  const auto middle = sorted.size() / 2;
  std::ranges::sort(sorted);
  return sorted.size() % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

namespace {

struct Moments {
  double mean = 0;
  double variance = 0;  ///< of a single value
};

Moments moments_of(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  Moments moments;
  moments.mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  for (const double value : values) {
    moments.variance += (value - moments.mean) * (value - moments.mean) / (n - 1);
  }
  return moments;
}

double students_t(double freedom, double level) {
  return boost::math::quantile(boost::math::students_t(freedom), 0.5 + level / 2);
}

/// How far the interval's end on the skewed side has to move out: the skewness term of the modified
/// t (Johnson 1978, Chen 1995). Above 0: the upper end. The sample's own skewness, which is too
/// small: taking its bias off would make intervals of few restarts wild.
double skew_shift(const std::vector<double>& values, double mean, double deviation, double t) {
  const auto n = static_cast<double>(values.size());
  if (values.size() < 3 || deviation <= 0) return 0;
  const double spread = deviation * std::sqrt((n - 1) / n);
  double skewness = 0;
  for (const double value : values) skewness += std::pow((value - mean) / spread, 3) / n;
  return skewness * deviation / (6 * n) * (1 + 2 * t * t);
}

}  // namespace

std::optional<Estimate> estimate_mean(std::vector<double> restarts, double level) {
  const auto n = static_cast<double>(restarts.size());
  if (restarts.size() < 2) return std::nullopt;
  const auto [mean, variance] = moments_of(restarts);
  const double deviation = std::sqrt(variance);
  const double error = deviation / std::sqrt(n);
  const double t = students_t(n - 1, level);
  const double shift = skew_shift(restarts, mean, deviation, t);
  return Estimate{mean, mean - t * error + std::min(shift, 0.0),
                  mean + t * error + std::max(shift, 0.0), level, std::move(restarts)};
}

std::optional<Estimate> estimate_ratio(const std::vector<double>& restarts, double level) {
  std::vector<double> logarithms;
  for (const double ratio : restarts) {
    if (!(ratio > 0)) return std::nullopt;
    logarithms.push_back(std::log(ratio));
  }
  auto estimate = estimate_mean(std::move(logarithms), level);
  if (!estimate) return std::nullopt;
  return Estimate{std::exp(estimate->value), std::exp(estimate->low), std::exp(estimate->high),
                  level, restarts};
}

std::optional<Estimate> estimate_shift(const std::vector<double>& now,
                                       const std::vector<double>& then, double level) {
  if (now.size() < 2 || then.size() < 2) return std::nullopt;
  const auto here = moments_of(now);
  const auto there = moments_of(then);
  const auto n = static_cast<double>(now.size());
  const auto m = static_cast<double>(then.size());
  const double a = here.variance / n;
  const double b = there.variance / m;
  const double shift = here.mean - there.mean;
  double half = 0;
  if (a + b > 0) {
    const double freedom = (a + b) * (a + b) / (a * a / (n - 1) + b * b / (m - 1));
    half = students_t(freedom, level) * std::sqrt(a + b);
  }
  Estimate estimate{shift, shift - half, shift + half, level, {}};
  for (const double value : now) estimate.restarts.push_back(value - there.mean);
  return estimate;
}

double smallest_detectable(const Estimate& estimate) {
  return (estimate.high - estimate.low) / 2;
}

}  // namespace hopcost::overhead
