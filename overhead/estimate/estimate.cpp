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
  const double mean = std::accumulate(restarts.begin(), restarts.end(), 0.0) / n;
  double squares = 0;
  for (const double value : restarts) squares += (value - mean) * (value - mean);
  const double deviation = std::sqrt(squares / (n - 1));
  const double error = deviation / std::sqrt(n);
  const boost::math::students_t distribution(n - 1);
  const double t = boost::math::quantile(distribution, 0.5 + level / 2);
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

double smallest_detectable(const Estimate& estimate) {
  return (estimate.high - estimate.low) / 2;
}

}  // namespace hopcost::overhead
