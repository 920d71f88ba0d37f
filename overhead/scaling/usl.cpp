#include "overhead/scaling/usl.hpp"

#include <array>
#include <cmath>
#include <limits>
#include <set>
#include <utility>
#include <vector>

namespace hopcost::overhead {
namespace {

constexpr std::size_t kTerms = 3;
using Terms = std::array<double, kTerms>;

Terms terms_of(double n) {
  return {1, n - 1, n * (n - 1)};
}

/// Weighted least squares over some of the terms, by Gauss' elimination of the normal equations;
/// the others' coefficients are 0. Nothing where the equations do not tell them apart.
std::optional<Terms> solve(std::span<const LoadPoint> points,
                           const std::vector<std::size_t>& used) {
  const std::size_t size = used.size();
  std::vector<std::vector<double>> rows(size, std::vector<double>(size + 1, 0));
  for (const auto& point : points) {
    const Terms x = terms_of(point.n);
    const double y = point.n / point.throughput;
    const double weight = 1 / (y * y);
    for (std::size_t i = 0; i < size; ++i) {
      for (std::size_t j = 0; j < size; ++j) rows[i][j] += weight * x[used[i]] * x[used[j]];
      rows[i][size] += weight * x[used[i]] * y;
    }
  }
  for (std::size_t i = 0; i < size; ++i) {
    std::size_t largest = i;
    for (std::size_t j = i + 1; j < size; ++j) {
      if (std::abs(rows[j][i]) > std::abs(rows[largest][i])) largest = j;
    }
    std::swap(rows[i], rows[largest]);
    if (rows[i][i] == 0) return std::nullopt;
    for (std::size_t j = 0; j < size; ++j) {
      if (j == i) continue;
      const double factor = rows[j][i] / rows[i][i];
      for (std::size_t k = i; k <= size; ++k) rows[j][k] -= factor * rows[i][k];
    }
  }
  Terms all{};
  for (std::size_t i = 0; i < size; ++i) all[used[i]] = rows[i][size] / rows[i][i];
  return all;
}

double error_of(std::span<const LoadPoint> points, const Terms& coefficients) {
  double squares = 0;
  for (const auto& point : points) {
    const Terms x = terms_of(point.n);
    double y = 0;
    for (std::size_t i = 0; i < kTerms; ++i) y += coefficients[i] * x[i];
    const double off = y * point.throughput / point.n - 1;
    squares += off * off;
  }
  return squares;
}

}  // namespace

double UslFit::at(double n) const {
  return lambda * n / (1 + alpha * (n - 1) + beta * n * (n - 1));
}

std::optional<double> UslFit::peak() const {
  if (beta <= 0 || alpha >= 1) return alpha >= 1 ? std::optional(1.0) : std::nullopt;
  return std::sqrt((1 - alpha) / beta);
}

std::optional<UslFit> fit_usl(std::span<const LoadPoint> points) {
  std::set<double> distinct;
  for (const auto& point : points) {
    if (point.throughput <= 0) return std::nullopt;
    distinct.insert(point.n);
  }
  if (distinct.size() < kTerms) return std::nullopt;
  // Where a coefficient would be below 0 it is 0; the best of the fits in which none is.
  std::optional<UslFit> best;
  double least = std::numeric_limits<double>::infinity();
  for (const auto& used : std::vector<std::vector<std::size_t>>{{0, 1, 2}, {0, 1}, {0, 2}, {0}}) {
    const auto found = solve(points, used);
    if (!found) continue;
    const auto& [one, contention, crosstalk] = *found;
    if (one <= 0 || contention < 0 || crosstalk < 0) continue;
    const double error = error_of(points, *found);
    if (error >= least) continue;
    least = error;
    best = UslFit{1 / one, contention / one, crosstalk / one};
  }
  return best;
}

}  // namespace hopcost::overhead
