#pragma once

#include <array>
#include <limits>

#include "common/clock.hpp"
#include "loadgen/measure/metrics.hpp"

namespace hopcost::loadgen {

/// What one exchange has one value of, by metric, ns. Those it has none of are absent.
class Sample {
 public:
  Sample() { values_.fill(kAbsent); }

  Nanos& operator[](Metric metric) { return values_[static_cast<std::size_t>(metric)]; }
  Nanos operator[](Metric metric) const { return values_[static_cast<std::size_t>(metric)]; }
  [[nodiscard]] bool has(Metric metric) const { return (*this)[metric] != kAbsent; }
  void record_in(MetricSet& metrics) const {
    for (std::size_t i = 0; i < kMetrics; ++i) {
      if (values_[i] != kAbsent) metrics[static_cast<Metric>(i)].record(values_[i]);
    }
  }

 private:
  static constexpr Nanos kAbsent = std::numeric_limits<Nanos>::min();

  std::array<Nanos, kMetrics> values_;
};

}  // namespace hopcost::loadgen
