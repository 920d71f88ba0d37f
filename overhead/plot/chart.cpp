#include "overhead/plot/chart.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

#include <fmt/format.h>

#include "overhead/plot/frame.hpp"
#include "overhead/plot/scale.hpp"
#include "overhead/plot/svg.hpp"

namespace hopcost::overhead {
namespace {

constexpr double kRow = 20;             ///< of the legend
constexpr std::size_t kLongTitle = 72;  ///< letters that fit a panel
constexpr std::size_t kLongNote = 100;  ///< the same
// Told apart by colour-blind readers too (after Okabe and Ito).
constexpr std::array kColors{"#0069a8", "#c14f00", "#00795a", "#9a3f86",
                             "#8a6100", "#2f7fb5", "#7a4b2a", "#444a52"};
constexpr std::array kDashes{"", "7 4", "2 3", "10 3 2 3"};

/// A number as the label of a place: three digits, or as many as a whole number has.
std::string place_text(double value) {
  constexpr double kLong = 1'000;
  return std::abs(value) >= kLong ? fmt::format("{:.0f}", value) : fmt::format("{:.3g}", value);
}

using XLabels = std::vector<std::pair<double, std::string>>;

/// Where points stand, or round values where those are many.
XLabels x_labels(const PlotChart& chart, const Frame& frame) {
  if (!chart.x_ticks.empty()) return chart.x_ticks;
  constexpr std::size_t kMany = 8;
  const std::vector<double> values(frame.xs().begin(), frame.xs().end());
  const bool whole =
      std::ranges::all_of(values, [](double value) { return value == std::round(value); });
  XLabels labels;
  if (frame.log() || values.size() < 2 || (values.size() <= kMany && whole)) {
    for (const double value : values) labels.emplace_back(value, place_text(value));
    return labels;
  }
  const auto ticks = round_ticks(values.front(), values.back(), 7);
  for (const double at : ticks.at) {
    if (at < values.front() || at > values.back()) continue;
    labels.emplace_back(at, fmt::format("{:.{}f}", at, ticks.decimals));
  }
  return labels;
}

void put_axes(SvgOut out, const PlotChart& chart, const Frame& frame) {
  for (const double value : frame.y_ticks().at) {
    fmt::format_to(
        out, "<line class=\"{}\" x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>\n",
        value == 0 ? "zero" : "grid", frame.left(), frame.right(), frame.y(value), frame.y(value));
    put_text(out, frame.left() - 8, frame.y(value) + 4,
             fmt::format("{:.{}f}", value, frame.y_ticks().decimals), " class=\"soft end\"");
  }
  const auto labels = x_labels(chart, frame);
  std::vector<double> places;
  for (const auto& [value, text] : labels) places.push_back(frame.x(value));
  for (const auto i : with_room(places, 44)) {
    put_text(out, places[i], frame.bottom() + 20, labels[i].second, " class=\"soft middle\"");
  }
  put_text(out, (frame.left() + frame.right()) / 2, frame.bottom() + 42, chart.x_label,
           " class=\"soft middle\"");
  const double across = frame.left() - Panel::kLeft + 18;
  const double middle = frame.bottom() - Panel::kPlotHeight / 2;
  put_text(
      out, across, middle, chart.y_label,
      fmt::format(" class=\"soft middle\" transform=\"rotate(-90 {:.1f} {:.1f})\"", across, middle)
          .c_str());
}

void put_band(SvgOut out, const PlotChart& chart, const Frame& frame) {
  if (!chart.band) return;
  const double top = frame.y(chart.band->second);
  fmt::format_to(out,
                 "<rect fill=\"#0069a8\" fill-opacity=\"0.14\" x=\"{:.1f}\" y=\"{:.1f}\" "
                 "width=\"{:.1f}\" height=\"{:.1f}\"/>\n",
                 frame.left(), top, frame.right() - frame.left(),
                 std::max(1.0, frame.y(chart.band->first) - top));
}

struct Look {
  const char* color;
  const char* dash;
};

Look look_of(const PlotLine& line, std::size_t i) {
  if (line.reference) return {"#6b7280", "6 4"};
  return {kColors[i % kColors.size()], kDashes[i / kColors.size() % kDashes.size()]};
}

void put_line(SvgOut out, const PlotLine& line, Look look, const Frame& frame, double aside) {
  std::string path;
  for (const auto& point : line.points) {
    path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L", frame.x(point.x) + aside,
                        frame.y(point.y));
  }
  fmt::format_to(out, "<g stroke=\"{}\" fill=\"{}\">\n", look.color, look.color);
  if (line.joined) {
    fmt::format_to(out,
                   "<path fill=\"none\" stroke-width=\"1.8\" stroke-dasharray=\"{}\" d=\"{}\"/>\n",
                   *look.dash == '\0' ? "none" : look.dash, path);
  }
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
    if (!line.marked) continue;
    fmt::format_to(out, "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3.4\"/>\n", x, frame.y(point.y));
  }
  fmt::format_to(out, "</g>\n");
}

/// Names in columns, in as many rows as they take; returns the height.
double put_legend(SvgOut out, const PlotChart& chart, double left, double top) {
  double width = 0;
  for (const auto& line : chart.lines) {
    width = std::max(width, 46 + kLetterWidth * static_cast<double>(shortened(line.name).size()));
  }
  const auto columns = std::max<std::size_t>(
      1, std::min(chart.lines.size(),
                  static_cast<std::size_t>((Panel::kWidth - Panel::kLeft) / width)));
  std::size_t colored = 0;
  for (std::size_t i = 0; i < chart.lines.size(); ++i) {
    const auto& line = chart.lines[i];
    const double x = left + Panel::kLeft + width * static_cast<double>(i % columns);
    const double y = top + kRow * static_cast<double>(i / columns);
    const auto look = look_of(line, line.reference ? 0 : colored++);
    if (line.joined) {
      fmt::format_to(out,
                     "<path stroke=\"{}\" stroke-width=\"2\" stroke-dasharray=\"{}\" "
                     "d=\"M{:.1f} {:.1f}h26\"/>\n",
                     look.color, *look.dash == '\0' ? "none" : look.dash, x, y - 4);
    } else {
      fmt::format_to(out,
                     "<ellipse fill=\"{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" rx=\"3.4\" ry=\"3.4\"/>\n",
                     look.color, x + 13, y - 4);
    }
    put_text(out, x + 32, y, shortened(line.name), "");
  }
  return kRow * static_cast<double>((chart.lines.size() + columns - 1) / columns);
}

/// Returns the panel's height.
double put_panel(SvgOut out, const PlotChart& chart, double left, double top) {
  put_text(out, left + 18, top + 28, shortened(chart.title, kLongTitle), " class=\"title\"");
  put_text(out, left + 18, top + 48, shortened(chart.note, kLongNote), " class=\"soft\"");
  const bool any =
      std::ranges::any_of(chart.lines, [](const PlotLine& line) { return !line.points.empty(); });
  if (!any) {
    put_text(out, left + Panel::kWidth / 2, top + Panel::kTop + Panel::kPlotHeight / 2,
             chart.nothing, " class=\"soft middle\"");
    return Panel::kTop + Panel::kPlotHeight + Panel::kBelow;
  }
  const Frame frame(chart, left, top);
  put_band(out, chart, frame);
  put_axes(out, chart, frame);
  std::size_t colored = 0;
  const auto lines = static_cast<double>(chart.lines.size());
  const double apart = chart.aside ? frame.apart(chart.lines.size()) : 0;
  for (std::size_t i = 0; i < chart.lines.size(); ++i) {
    const auto& line = chart.lines[i];
    const double aside = (static_cast<double>(i) - (lines - 1) / 2) * apart;
    put_line(out, line, look_of(line, line.reference ? 0 : colored++), frame, aside);
  }
  const double rows = put_legend(out, chart, left, frame.bottom() + Panel::kBelow + 12);
  return Panel::kTop + Panel::kPlotHeight + Panel::kBelow + 12 + rows;
}

/// More lines than can be told apart get panels of their own, each with what they are compared
/// with; of very many the rest is counted.
std::vector<PlotChart> readable(const PlotChart& chart) {
  constexpr std::size_t kMostLines = 12;
  constexpr std::size_t kMostParts = 6;
  if (chart.lines.size() <= kMostLines) return {chart};
  std::vector<PlotLine> references;
  std::vector<PlotLine> others;
  for (const auto& line : chart.lines) (line.reference ? references : others).push_back(line);
  references.resize(std::min(references.size(), kMostLines / 2));
  const auto each = kMostLines - references.size();
  const auto parts = std::min(kMostParts, (others.size() + each - 1) / each);
  std::vector<PlotChart> panels;
  for (std::size_t i = 0; i < parts; ++i) {
    PlotChart panel = chart;
    panel.lines = references;
    const auto end = std::min(others.size(), (i + 1) * each);
    for (auto at = i * each; at < end; ++at) panel.lines.push_back(others[at]);
    panel.title += fmt::format(" ({} of {})", i + 1, parts);
    if (parts * each < others.size()) {
      panel.note += fmt::format("; {} of {} lines", parts * each, others.size());
    }
    panels.push_back(std::move(panel));
  }
  return panels;
}

}  // namespace

std::string svg_of(const std::vector<PlotChart>& all) {
  std::vector<PlotChart> charts;
  for (const auto& chart : all) std::ranges::copy(readable(chart), std::back_inserter(charts));
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
                                  Panel::kWidth * static_cast<double>(i % columns), top));
  }
  return svg_document(Panel::kWidth * static_cast<double>(columns), top + row + 10, body);
}

}  // namespace hopcost::overhead
