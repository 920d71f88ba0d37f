#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace hopcost::mockserver {

/// A histogram of seconds over fixed buckets, as Prometheus has them: a value belongs to the first
/// bucket whose bound it does not exceed, or to the last one, which has no bound. `Bounds` is an
/// ascending constexpr array of double. Plain numbers: one thread writes, others get copies.
template <const auto& Bounds>
class BucketHistogram {
 public:
  static constexpr std::size_t kBuckets = Bounds.size() + 1;

  /// Counts `seconds` `times` times. What is negative or not a number counts as 0.
  void add(double seconds, std::uint64_t times = 1) {
    if (!(seconds > 0)) seconds = 0;
    const auto bucket = std::ranges::lower_bound(Bounds, seconds) - Bounds.begin();
    counts_[static_cast<std::size_t>(bucket)] += times;
    sum_ += seconds * static_cast<double>(times);
  }

  BucketHistogram& operator+=(const BucketHistogram& other) {
    for (std::size_t i = 0; i < kBuckets; ++i) counts_[i] += other.counts_[i];
    sum_ += other.sum_;
    return *this;
  }

  static constexpr const auto& bounds() { return Bounds; }
  /// Of each bucket by itself, not cumulated.
  [[nodiscard]] const std::array<std::uint64_t, kBuckets>& counts() const { return counts_; }
  [[nodiscard]] double sum() const { return sum_; }

 private:
  std::array<std::uint64_t, kBuckets> counts_{};
  double sum_ = 0;
};

}  // namespace hopcost::mockserver
