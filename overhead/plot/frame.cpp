#include "overhead/plot/frame.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace hopcost::overhead {
namespace {

constexpr double kAside = 5;  ///< px between two lines at one place, where they are joined

/// What the y axis has to reach over.
struct Reach {
  double low;
  double high;
  void over(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
};

}  // namespace

Frame::Frame(const PlotChart& chart, double left, double top)
    : left_(left + Panel::kLeft), top_(top + Panel::kTop) {
  constexpr double kInfinite = std::numeric_limits<double>::infinity();
  Reach reach = chart.from_zero ? Reach{0, 0} : Reach{kInfinite, -kInfinite};
  for (const auto& line : chart.lines) {
    for (const auto& point : line.points) {
      xs_.insert(point.x);
      reach.over(point.y);
      if (point.interval) reach.over(point.interval->first);
      if (point.interval) reach.over(point.interval->second);
    }
  }
  if (chart.band) reach.over(chart.band->first);
  if (chart.band) reach.over(chart.band->second);
  log_ = chart.x_log && *xs_.begin() > 0;
  y_log_ = chart.y_log && reach.low > 0;
  y_ = y_log_ ? log_ticks(reach.low, reach.high) : round_ticks(reach.low, reach.high, 6);
  x_low_ = x_scaled(*xs_.begin());
  x_high_ = x_scaled(*xs_.rbegin());
  if (!(x_high_ > x_low_)) {
    x_low_ -= 1;
    x_high_ += 1;
  }
  // Marks, and what stands aside of its place, stay inside.
  room_ = 10;
  if (chart.aside) room_ += kAside * static_cast<double>(chart.lines.size()) / 2;
}

double Frame::x(double value) const {
  const double share = (x_scaled(value) - x_low_) / (x_high_ - x_low_);
  return left_ + room_ + share * (right() - left_ - 2 * room_);
}

double Frame::y(double value) const {
  const double low = y_scaled(y_.at.front());
  const double high = y_scaled(y_.at.back());
  return top_ + Panel::kPlotHeight * (1 - (y_scaled(value) - low) / (high - low));
}

double Frame::apart(std::size_t lines) const {
  if (lines < 2) return 0;
  // Over several places lines are joined, and should still stand where they belong.
  const double most = xs_.size() > 1 ? kAside : 36;
  double narrowest = right() - left_;
  double last = 0;
  bool first = true;
  for (const double value : xs_) {
    const double place = x(value);
    if (!first) narrowest = std::min(narrowest, place - last);
    last = place;
    first = false;
  }
  return std::min(most, 0.6 * narrowest / static_cast<double>(lines));
}

double Frame::x_scaled(double value) const {
  return log_ ? std::log2(value) : value;
}

double Frame::y_scaled(double value) const {
  return y_log_ ? std::log10(value) : value;
}

}  // namespace hopcost::overhead
