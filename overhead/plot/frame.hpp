#pragma once

#include <set>

#include "overhead/plot/chart.hpp"
#include "overhead/plot/scale.hpp"

namespace hopcost::overhead {

/// Size of a panel and of what is around its plot, px.
struct Panel {
  static constexpr double kWidth = 680;
  static constexpr double kPlotHeight = 300;
  static constexpr double kLeft = 76;
  static constexpr double kRight = 24;
  static constexpr double kTop = 66;
  static constexpr double kBelow = 58;  ///< labels of the x axis
};

/// Where values lie in a panel whose corner is at (left, top). The chart has a point.
class Frame {
 public:
  Frame(const PlotChart& chart, double left, double top);

  [[nodiscard]] double x(double value) const;
  [[nodiscard]] double y(double value) const;
  [[nodiscard]] const Ticks& y_ticks() const { return y_; }
  [[nodiscard]] const std::set<double>& xs() const { return xs_; }
  [[nodiscard]] bool log() const { return log_; }
  [[nodiscard]] double left() const { return left_; }
  [[nodiscard]] double right() const {
    return left_ + Panel::kWidth - Panel::kLeft - Panel::kRight;
  }
  [[nodiscard]] double bottom() const { return top_ + Panel::kPlotHeight; }
  /// How far apart two lines are drawn at one place, so that `lines` of them do not hide each other
  /// and none comes near the next place.
  [[nodiscard]] double apart(std::size_t lines) const;

 private:
  [[nodiscard]] double x_scaled(double value) const;
  [[nodiscard]] double y_scaled(double value) const;

  double left_;
  double top_;
  std::set<double> xs_;
  bool log_ = false;
  bool y_log_ = false;
  double x_low_ = 0;
  double x_high_ = 1;
  double room_ = 0;  ///< px at both ends of the x axis
  Ticks y_;
};

}  // namespace hopcost::overhead
