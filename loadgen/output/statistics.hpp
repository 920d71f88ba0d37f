#pragma once

#include <cmath>
#include <cstdint>

#include "common/histogram.hpp"

namespace hopcost::loadgen {

/// A histogram's statistics in another unit, as other tools' formats have them: a number for every
/// percentile, however few samples there are, and 0 where there are none.
class Statistics {
 public:
  /// `unit`: so many of the histogram's are one of the format's.
  explicit Statistics(Histogram histogram, double unit = 1)
      : histogram_(std::move(histogram)), unit_(unit) {}

  [[nodiscard]] std::uint64_t count() const { return histogram_.count(); }
  [[nodiscard]] double mean() const { return histogram_.mean() / unit_; }
  [[nodiscard]] double min() const { return static_cast<double>(histogram_.min()) / unit_; }
  [[nodiscard]] double max() const { return static_cast<double>(histogram_.max()) / unit_; }
  [[nodiscard]] double sum() const { return histogram_.sum() / unit_; }
  [[nodiscard]] double deviation() const { return histogram_.deviation() / unit_; }
  [[nodiscard]] double at(double q) const { return histogram_.quantile(q).value_or(0) / unit_; }

 private:
  Histogram histogram_;
  double unit_;
};

}  // namespace hopcost::loadgen
