#include "overhead/plot/distribution_plots.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace hopcost::overhead {
namespace {

constexpr double kMs = 1e6;

struct Tick {
  double share;
  const char* text;
};
constexpr std::array<Tick, 7> kTicks{{{0, "0 %"},
                                      {0.5, "50 %"},
                                      {0.9, "90 %"},
                                      {0.99, "99 %"},
                                      {0.999, "99.9 %"},
                                      {0.9999, "99.99 %"},
                                      {0.99999, "99.999 %"}}};

double stretched(double share) {
  return -std::log10(1 - share);
}

/// "c8", "q100"
std::string load_name(const Level& level) {
  return level.rate_per_s > 0 ? fmt::format("q{:g}", level.rate_per_s)
                              : fmt::format("c{}", level.concurrency);
}

/// All passes of an arm together; null where nothing was recorded.
const Histogram* histogram_of(const Cell& cell, const std::string& arm, loadgen::Metric metric) {
  const auto found = cell.merged.find(arm);
  if (found == cell.merged.end()) return nullptr;
  const auto& histogram = found->second.metrics[metric];
  return histogram.count() > 0 ? &histogram : nullptr;
}

PlotChart chart_of(const Cells& cells, const std::string& title, loadgen::Metric metric) {
  std::vector<PlotLine> lines;
  std::uint64_t samples = 0;
  for (const auto* cell : cells) {
    // The backend alone once: it is driven in the same way in all of them.
    if (lines.empty()) {
      if (const auto* direct = histogram_of(*cell, cell->contrast.theirs, metric)) {
        lines.push_back(distribution_line(
            cell->contrast.of_builds() ? cell->contrast.theirs : "direct", *direct));
        lines.back().reference = true;
        samples += direct->count();
      }
    }
    if (const auto* ours = histogram_of(*cell, cell->contrast.ours, metric)) {
      lines.push_back(distribution_line(line_name(*cell), *ours));
      samples += ours->count();
    }
  }
  return distribution_chart(title, fmt::format("all passes together; n = {} samples", samples),
                            std::move(lines));
}

}  // namespace

PlotLine distribution_line(const std::string& name, const Histogram& ns) {
  PlotLine line{name, {}, false, true, false};
  constexpr double kStep = 0.05;
  constexpr double kBeyond = 10;
  const double last = std::log10(std::max(2.0, static_cast<double>(ns.count()) / kBeyond));
  for (double x = 0; x <= last + 1e-9; x += kStep) {
    const auto value = ns.quantile(1 - std::pow(10, -x));
    if (value) line.points.push_back({x, *value / kMs, std::nullopt});
  }
  return line;
}

PlotChart distribution_chart(const std::string& title, const std::string& note,
                             std::vector<PlotLine> lines) {
  double last = 0;
  double least = std::numeric_limits<double>::infinity();
  double most = 0;
  for (const auto& line : lines) {
    for (const auto& point : line.points) {
      last = std::max(last, point.x);
      least = std::min(least, point.y);
      most = std::max(most, point.y);
    }
  }
  PlotChart chart{title,      note,  "share of samples that took no longer",
                  "time, ms", false, std::move(lines),
                  false};
  // A line of milliseconds would lie flat beside a tail of seconds.
  constexpr double kFar = 40;
  chart.y_log = least > 0 && most > kFar * least;
  chart.aside = false;
  chart.nothing = "nothing to draw: nothing was recorded";
  for (const auto& [share, text] : kTicks) {
    if (stretched(share) <= last) chart.x_ticks.emplace_back(stretched(share), text);
  }
  return chart;
}

void put_distributions(Pictures& out, const Cells& all) {
  std::map<std::string, Cells> loads;
  for (const auto* cell : all) {
    const bool stream = cell->asked.mode == Mode::stream;
    loads[fmt::format("distribution_{}_{}", stream ? "stream" : "unary", load_name(cell->asked))]
        .push_back(cell);
  }
  for (const auto& [name, cells] : loads) {
    std::vector<PlotChart> charts{chart_of(cells, "Whole request", loadgen::Metric::e2e)};
    if (cells.front()->asked.mode == Mode::stream) {
      charts.push_back(chart_of(cells, "Time to first token", loadgen::Metric::ttft));
      charts.push_back(chart_of(cells, "Gap between chunks", loadgen::Metric::chunk_gap));
    }
    out[name] = svg_of(charts);
  }
}

}  // namespace hopcost::overhead
