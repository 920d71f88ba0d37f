#include "overhead/microbench/rank_test.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <vector>

namespace hopcost::overhead {
namespace {

constexpr std::size_t kMostExact = 25;

/// In how many of the ways to mix n and m values U is 0, 1, ... n m: Mann and Whitney's recursion,
/// by the coefficients of a Gaussian binomial.
std::vector<double> ways(std::size_t n, std::size_t m) {
  std::vector<double> counts(n * m + 1, 0.0);
  counts[0] = 1;
  for (std::size_t i = 1; i <= n; ++i) {
    // Times (1 - x^(m+i)), then divided by (1 - x^i).
    for (std::size_t u = counts.size(); u-- > m + i;) counts[u] -= counts[u - m - i];
    for (std::size_t u = i; u < counts.size(); ++u) counts[u] += counts[u - i];
  }
  return counts;
}

/// Of the whole distribution, the share of the smaller tail that ends at `u`, twice.
double exact_p(const std::vector<double>& counts, double u) {
  double all = 0;
  double below = 0;  // at most u
  double above = 0;  // at least u
  for (std::size_t i = 0; i < counts.size(); ++i) {
    all += counts[i];
    if (static_cast<double>(i) <= u) below += counts[i];
    if (static_cast<double>(i) >= u) above += counts[i];
  }
  return std::min(1.0, 2 * std::min(below, above) / all);
}

double normal_p(double u, double n, double m, double tie_sum) {
  const double total = n + m;
  const double variance = n * m / 12 * (total + 1 - tie_sum / (total * (total - 1)));
  if (variance <= 0) return 1;
  constexpr double kContinuity = 0.5;
  const double distance = std::max(0.0, std::abs(u - n * m / 2) - kContinuity);
  return std::erfc(distance / std::sqrt(variance) / std::numbers::sqrt2);
}

}  // namespace

RankTest rank_test(std::span<const double> first, std::span<const double> second) {
  RankTest test;
  if (first.empty() || second.empty()) return test;
  std::map<double, double> values;  // how often each occurs
  for (const double value : first) ++values[value];
  for (const double value : second) ++values[value];
  double tie_sum = 0;
  for (const auto& [value, count] : values) tie_sum += count * count * count - count;
  for (const double a : first) {
    for (const double b : second) test.u += b > a ? 1 : b == a ? 0.5 : 0;
  }
  const auto n = static_cast<double>(first.size());
  const auto m = static_cast<double>(second.size());
  if (tie_sum == 0 && std::max(first.size(), second.size()) <= kMostExact) {
    const auto counts = ways(first.size(), second.size());
    test.p = exact_p(counts, test.u);
    test.smallest_p = exact_p(counts, 0);
  } else {
    test.p = normal_p(test.u, n, m, tie_sum);
    test.smallest_p = normal_p(0, n, m, tie_sum);
  }
  return test;
}

}  // namespace hopcost::overhead
