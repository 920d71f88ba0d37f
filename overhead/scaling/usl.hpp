#pragma once

#include <optional>
#include <span>

namespace hopcost::overhead {

/// Throughput of N workers.
struct LoadPoint {
  double n = 1;
  double throughput = 0;  ///< a second; above 0
};

/// Universal Scalability Law (Gunther): X(N) = lambda N / (1 + alpha (N-1) + beta N (N-1)).
struct UslFit {
  double lambda = 0;  ///< throughput of one worker, a second
  double alpha = 0;   ///< contention: the share that only one can do at a time
  double beta = 0;    ///< crosstalk: what each pair of workers costs

  [[nodiscard]] double at(double n) const;
  /// The N with the most throughput; nothing: it rises without end.
  [[nodiscard]] std::optional<double> peak() const;
};

/// Least squares of the relative errors of N / X, which is linear in 1, N-1 and N(N-1); alpha and
/// beta are not below 0. Nothing for fewer than three distinct N.
[[nodiscard]] std::optional<UslFit> fit_usl(std::span<const LoadPoint> points);

}  // namespace hopcost::overhead
