#include "overhead/plot/chart.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <limits>
#include <set>

#include <fmt/format.h>

#include "common/xml.hpp"
#include "overhead/plot/scale.hpp"

namespace hopcost::overhead {
namespace {

constexpr double kWidth = 680;
constexpr double kPlotHeight = 300;
constexpr double kLeft = 76;
constexpr double kRight = 24;
constexpr double kTop = 66;
constexpr double kBelow = 58;    ///< labels of the x axis
constexpr double kRow = 20;      ///< of the legend
constexpr double kLetter = 6.8;  ///< width of one, at 12 px, on the large side
constexpr std::size_t kMostLetters = 44;
// Told apart by colour-blind readers too (after Okabe and Ito).
constexpr std::array kColors{"#0069a8", "#c14f00", "#00795a", "#9a3f86",
                             "#8a6100", "#2f7fb5", "#7a4b2a", "#444a52"};
constexpr std::array kDashes{"", "7 4", "2 3", "10 3 2 3"};

std::string shortened(const std::string& text) {
  if (text.size() <= kMostLetters) return text;
  auto end = kMostLetters - 1;
  // Never inside a letter of several bytes.
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

/// Where values lie in the panel.
class Frame {
 public:
  Frame(const PlotChart& chart, double left, double top) : left_(left + kLeft), top_(top + kTop) {
    double low = chart.from_zero ? 0 : std::numeric_limits<double>::infinity();
    double high = chart.from_zero ? 0 : -low;
    for (const auto& line : chart.lines) {
      for (const auto& point : line.points) {
        xs_.insert(point.x);
        low = std::min({low, point.y, point.interval ? point.interval->first : point.y});
        high = std::max({high, point.y, point.interval ? point.interval->second : point.y});
      }
    }
    log_ = chart.x_log && !xs_.empty() && *xs_.begin() > 0;
    y_ = round_ticks(low, high, 6);
    x_low_ = scaled(*xs_.begin());
    x_high_ = scaled(*xs_.rbegin());
    const double room = x_high_ > x_low_ ? (x_high_ - x_low_) * 0.04 : 1;
    x_low_ -= room;
    x_high_ += room;
  }

  [[nodiscard]] double x(double value) const {
    return left_ + (scaled(value) - x_low_) / (x_high_ - x_low_) * (kWidth - kLeft - kRight);
  }
  [[nodiscard]] double y(double value) const {
    const double share = (value - y_.at.front()) / (y_.at.back() - y_.at.front());
    return top_ + kPlotHeight * (1 - share);
  }
  [[nodiscard]] const Ticks& y_ticks() const { return y_; }
  [[nodiscard]] const std::set<double>& xs() const { return xs_; }
  [[nodiscard]] bool log() const { return log_; }
  [[nodiscard]] double left() const { return left_; }
  [[nodiscard]] double bottom() const { return top_ + kPlotHeight; }

 private:
  [[nodiscard]] double scaled(double value) const { return log_ ? std::log2(value) : value; }

  double left_;
  double top_;
  std::set<double> xs_;
  bool log_ = false;
  double x_low_ = 0;
  double x_high_ = 1;
  Ticks y_;
};

using Out = std::back_insert_iterator<std::string>;

void put_text(Out out, double x, double y, const std::string& text, const char* more) {
  fmt::format_to(out, "<text x=\"{:.1f}\" y=\"{:.1f}\"{}>{}</text>\n", x, y, more,
                 xml_escaped(text));
}

void put_axes(Out out, const PlotChart& chart, const Frame& frame) {
  const double right = frame.left() + kWidth - kLeft - kRight;
  for (const double value : frame.y_ticks().at) {
    fmt::format_to(
        out, "<line class=\"{}\" x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>\n",
        value == 0 ? "zero" : "grid", frame.left(), right, frame.y(value), frame.y(value));
    put_text(out, frame.left() - 8, frame.y(value) + 4,
             fmt::format("{:.{}f}", value, frame.y_ticks().decimals), " class=\"soft end\"");
  }
  std::vector<double> values(frame.xs().begin(), frame.xs().end());
  int decimals = -1;
  const bool whole =
      std::ranges::all_of(values, [](double value) { return value == std::round(value); });
  if (!frame.log() && values.size() > 1 && (values.size() > 8 || !whole)) {
    const auto ticks = round_ticks(values.front(), values.back(), 7);
    decimals = ticks.decimals;
    const double last = values.back();
    const double first = values.front();
    values.clear();
    for (const double at : ticks.at) {
      if (at >= first && at <= last) values.push_back(at);
    }
  }
  std::vector<double> places;
  for (const double value : values) places.push_back(frame.x(value));
  for (const auto i : with_room(places, 44)) {
    put_text(out, places[i], frame.bottom() + 20,
             decimals >= 0 ? fmt::format("{:.{}f}", values[i], decimals)
                           : fmt::format("{:.4g}", values[i]),
             " class=\"soft middle\"");
  }
  put_text(out, (frame.left() + right) / 2, frame.bottom() + 42, chart.x_label,
           " class=\"soft middle\"");
  const double across = frame.left() - kLeft + 18;
  const double middle = frame.bottom() - kPlotHeight / 2;
  put_text(
      out, across, middle, chart.y_label,
      fmt::format(" class=\"soft middle\" transform=\"rotate(-90 {:.1f} {:.1f})\"", across, middle)
          .c_str());
}

struct Look {
  const char* color;
  const char* dash;
};

Look look_of(const PlotLine& line, std::size_t i) {
  if (line.reference) return {"#6b7280", "6 4"};
  return {kColors[i % kColors.size()], kDashes[i / kColors.size() % kDashes.size()]};
}

void put_line(Out out, const PlotLine& line, Look look, const Frame& frame, double aside) {
  std::string path;
  for (const auto& point : line.points) {
    path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L", frame.x(point.x) + aside,
                        frame.y(point.y));
  }
  fmt::format_to(out,
                 "<g stroke=\"{}\" fill=\"{}\">\n<path fill=\"none\" stroke-width=\"1.8\" "
                 "stroke-dasharray=\"{}\" d=\"{}\"/>\n",
                 look.color, look.color, *look.dash == '\0' ? "none" : look.dash, path);
  for (const auto& point : line.points) {
    const double x = frame.x(point.x) + aside;
    if (point.interval) {
      const double low = frame.y(point.interval->first);
      const double high = frame.y(point.interval->second);
      fmt::format_to(out,
                     "<path d=\"M{0:.1f} {1:.1f}V{2:.1f}M{3:.1f} {1:.1f}H{4:.1f}M{3:.1f} "
                     "{2:.1f}H{4:.1f}\"/>\n",
                     x, low, high, x - 3.5, x + 3.5);
    }
    fmt::format_to(out, "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3.4\"/>\n", x, frame.y(point.y));
  }
  fmt::format_to(out, "</g>\n");
}

/// Names in columns, in as many rows as they take; returns the height.
double put_legend(Out out, const PlotChart& chart, double left, double top) {
  double width = 0;
  for (const auto& line : chart.lines) {
    width = std::max(width, 46 + kLetter * static_cast<double>(shortened(line.name).size()));
  }
  const auto columns = std::max<std::size_t>(
      1, std::min(chart.lines.size(), static_cast<std::size_t>((kWidth - kLeft) / width)));
  std::size_t colored = 0;
  for (std::size_t i = 0; i < chart.lines.size(); ++i) {
    const auto& line = chart.lines[i];
    const double x = left + kLeft + width * static_cast<double>(i % columns);
    const double y = top + kRow * static_cast<double>(i / columns);
    const auto look = look_of(line, line.reference ? 0 : colored++);
    fmt::format_to(out,
                   "<path stroke=\"{}\" stroke-width=\"2\" stroke-dasharray=\"{}\" "
                   "d=\"M{:.1f} {:.1f}h26\"/>\n",
                   look.color, *look.dash == '\0' ? "none" : look.dash, x, y - 4);
    put_text(out, x + 32, y, shortened(line.name), "");
  }
  return kRow * static_cast<double>((chart.lines.size() + columns - 1) / columns);
}

/// Returns the panel's height.
double put_panel(Out out, const PlotChart& chart, double left, double top) {
  put_text(out, left + 18, top + 28, chart.title, " class=\"title\"");
  put_text(out, left + 18, top + 48, chart.note, " class=\"soft\"");
  const bool any =
      std::ranges::any_of(chart.lines, [](const PlotLine& line) { return !line.points.empty(); });
  if (!any) {
    put_text(out, left + kWidth / 2, top + kTop + kPlotHeight / 2,
             "nothing to draw: no cell has a verdict", " class=\"soft middle\"");
    return kTop + kPlotHeight + kBelow;
  }
  const Frame frame(chart, left, top);
  put_axes(out, chart, frame);
  std::size_t colored = 0;
  const auto lines = static_cast<double>(chart.lines.size());
  for (std::size_t i = 0; i < chart.lines.size(); ++i) {
    const auto& line = chart.lines[i];
    // Whiskers at one place would hide each other.
    const double aside =
        lines > 1 ? (static_cast<double>(i) - (lines - 1) / 2) * std::min(5.0, 24 / lines) : 0;
    put_line(out, line, look_of(line, line.reference ? 0 : colored++), frame, aside);
  }
  const double rows = put_legend(out, chart, left, frame.bottom() + kBelow + 12);
  return kTop + kPlotHeight + kBelow + 12 + rows;
}

/// More lines than can be told apart are not drawn, but counted.
PlotChart readable(PlotChart chart) {
  constexpr std::size_t kMost = 12;
  if (chart.lines.size() <= kMost) return chart;
  chart.note += fmt::format("; {} of {} lines", kMost, chart.lines.size());
  chart.lines.resize(kMost);
  return chart;
}

}  // namespace

std::string svg_of(const std::vector<PlotChart>& all) {
  std::vector<PlotChart> charts;
  for (const auto& chart : all) charts.push_back(readable(chart));
  std::string body;
  const auto columns = std::min<std::size_t>(charts.size(), 2);
  double top = 0;
  double row = 0;
  for (std::size_t i = 0; i < charts.size(); ++i) {
    if (i > 0 && i % columns == 0) {
      top += row;
      row = 0;
    }
    row = std::max(row, put_panel(std::back_inserter(body), charts[i],
                                  kWidth * static_cast<double>(i % columns), top));
  }
  const double height = top + row + 10;
  const double width = kWidth * static_cast<double>(columns);
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" "
      "viewBox=\"0 0 {0:.0f} {1:.0f}\">\n"
      "<style>text{{font:12px 'Liberation Sans','DejaVu Sans',Arial,sans-serif;fill:#1d2126;"
      "stroke:none}}.title{{font-size:16px;font-weight:bold}}.soft{{fill:#59616b}}.end{{text-"
      "anchor:"
      "end}}.middle{{text-anchor:middle}}.grid{{stroke:#e5e2da}}.zero{{stroke:#8b929b}}</style>\n"
      "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n{2}</svg>\n",
      width, height, body);
}

}  // namespace hopcost::overhead
