#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/error.hpp"
#include "loadgen/measure/result.hpp"

namespace hopcost::loadgen {

/// A range that holds the true value of a figure with 95 % confidence, as far as this run's own
/// requests, taken as independent, can tell: another run may differ by more. `high` is infinite
/// where the run is too short to bound it.
struct Range {
  double low = 0;
  double high = 0;
};

/// A figure of a run, by its name: a statistic of a metric (`ttft.p95`, `e2e.mean`,
/// `lateness.p99.9`, `e2e.max`), or one of the run as a whole: `errors` and `success`, shares of
/// the requests sent; `goodput`, the share that met every objective; `backlog`, of a few seconds,
/// the share of what was sent in them that is still to be answered, net; `requests_per_s`,
/// `chunks_per_s`, `output_tokens_per_s`; `failed`, `unsent`, counts.
class Figure {
 public:
  enum class Unit { time, share, rate, count };

  /// An Error lists the names there are.
  [[nodiscard]] static Result<Figure> parse(std::string_view name);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] Unit unit() const { return unit_; }
  /// ns, a share from 0 to 1, 1/s or a count. Nothing where the run cannot tell: nothing was
  /// measured, or fewer than ten samples lie beyond a percentile.
  [[nodiscard]] std::optional<double> value(const Measurement& result) const;
  /// By order statistics for a percentile, by Wilson's score for a share. Nothing for others, and
  /// for metrics whose samples hang together: chunks of one stream.
  [[nodiscard]] std::optional<Range> range(const Measurement& result) const;
  /// A bound in the figure's unit: "500ms"; "1%" or "0.01"; "100/s" or "100"; "3".
  [[nodiscard]] Result<double> parse_value(std::string_view text) const;
  /// For people: "512 ms", "0.50 %".
  [[nodiscard]] std::string text_of(double value) const;

 private:
  enum class Statistic { none, mean, min, max, quantile };

  std::string name_;
  Unit unit_ = Unit::time;
  Metric metric_ = Metric::e2e;
  Statistic statistic_ = Statistic::none;
  double quantile_ = 0;
  std::size_t whole_ = 0;  ///< which figure of the whole run, where there is no statistic
};

/// The metric of that name.
[[nodiscard]] std::optional<Metric> metric_named(std::string_view name);

}  // namespace hopcost::loadgen
