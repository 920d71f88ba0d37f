#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "common/error.hpp"

namespace hopcost {

/// A log-linear histogram of non-negative integers (nanoseconds, as a rule).
///
/// Values below 2048 are exact; above, a bucket is at most 0.1 % as wide as its values, so that a
/// difference of two quantiles near 2 ms is good to about 1 us. Quantiles interpolate inside a
/// bucket. Minimum, maximum and sum are exact. Recording is a few instructions and never throws
/// once the largest value has been seen; not thread-safe: one per thread, merged at the end.
class Histogram {
 public:
  /// Only the buckets that hold something: for keeping many.
  struct Compact {
    std::vector<std::pair<std::uint32_t, std::uint64_t>> buckets;  ///< index, count; ascending
    std::uint64_t count = 0;
    std::uint64_t min = UINT64_MAX;
    std::uint64_t max = 0;
    double sum = 0;
  };

  void record(std::int64_t value) { record(value, 1); }
  void record(std::int64_t value, std::uint64_t times) {
    if (times == 0) return;
    const auto v = static_cast<std::uint64_t>(value < 0 ? 0 : value);
    const std::size_t i = index_of(v);
    if (i >= counts_.size()) [[unlikely]]
      grow(i);
    counts_[i] += times;
    count_ += times;
    sum_ += static_cast<double>(v) * static_cast<double>(times);
    if (v < min_) min_ = v;
    if (v > max_) max_ = v;
  }

  void merge(const Histogram& other);
  void merge(const Compact& other);
  [[nodiscard]] Compact compact() const;
  /// Forgets all samples and keeps the memory.
  void clear();

  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] double sum() const { return sum_; }
  /// 0 where nothing was recorded.
  [[nodiscard]] double mean() const;
  /// Standard deviation of the population, from the middles of the buckets; 0 for fewer than two.
  [[nodiscard]] double deviation() const;
  [[nodiscard]] std::uint64_t min() const { return count_ == 0 ? 0 : min_; }
  [[nodiscard]] std::uint64_t max() const { return max_; }

  /// The q-quantile (0 to 1), linear between order statistics; nothing where nothing was recorded.
  [[nodiscard]] std::optional<double> quantile(double q) const;
  /// The same, but nothing where fewer than `beyond` samples lie past it: then it would be a guess.
  [[nodiscard]] std::optional<double> quantile_if_supported(double q,
                                                            std::uint64_t beyond = 10) const;
  /// Samples above `value`, counted by whole buckets.
  [[nodiscard]] std::uint64_t count_above(double value) const;

  /// {"count", "min", "max", "mean", "buckets": [[lower, width, count], ...]}, buckets joined until
  /// none is narrower than 1/2^`bits` of its value (7 bits: 0.8 %), which keeps result files small.
  [[nodiscard]] nlohmann::json to_json(int bits = 7) const;
  /// What to_json() wrote; each bucket's samples become its middle. An Error says what of it is
  /// wrong.
  [[nodiscard]] static Result<Histogram> from_json(const nlohmann::json& json);

 private:
  static constexpr int kBits = 10;
  static constexpr std::uint64_t kSub = 1U << kBits;

  static std::size_t index_of(std::uint64_t v) {
    if (v < 2 * kSub) return static_cast<std::size_t>(v);
    const int shift = 63 - std::countl_zero(v) - kBits;
    return (static_cast<std::size_t>(shift) << kBits) + static_cast<std::size_t>(v >> shift);
  }
  static std::uint64_t lower_of(std::size_t index);
  static std::uint64_t width_of(std::size_t index);
  void grow(std::size_t index);
  [[nodiscard]] double order_statistic(double rank) const;

  std::vector<std::uint64_t> counts_;
  std::uint64_t count_ = 0;
  std::uint64_t min_ = UINT64_MAX;
  std::uint64_t max_ = 0;
  double sum_ = 0;
};

}  // namespace hopcost
