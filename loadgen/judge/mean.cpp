#include "loadgen/judge/mean.hpp"

#include <cmath>
#include <numeric>

#include <boost/math/distributions/students_t.hpp>

namespace hopcost::loadgen {

std::optional<Estimate> mean_of(std::span<const double> values) {
  constexpr std::size_t kFewest = 3;
  constexpr double kUpper = 0.975;
  if (values.size() < kFewest) return {};
  const auto n = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  const double t = boost::math::quantile(boost::math::students_t(n - 1), kUpper);
  const double half = t * std::sqrt(squares / (n - 1) / n);
  return Estimate{mean, mean - half, mean + half};
}

}  // namespace hopcost::loadgen
