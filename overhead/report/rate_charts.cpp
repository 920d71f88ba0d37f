#include "overhead/report/rate_charts.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "loadgen/judge/figure.hpp"
#include "loadgen/output/levels.hpp"

namespace hopcost::overhead {
namespace {

using loadgen::StageResult;

constexpr double kMs = 1e6;

double rate_of(const StageResult& stage) {
  return stage.rate_per_s > 0 ? stage.rate_per_s : stage.measured.requests_per_s();
}

template <class X>
PlotLine line_of(const std::vector<StageResult>& stages, const std::string& name,
                 const std::string& figure, double unit, X x_of) {
  PlotLine line;
  line.name = name;
  for (const auto& stage : stages) {
    const auto point = figure_point(stage.measured, figure, unit, x_of(stage));
    if (point) line.points.push_back(*point);
  }
  std::ranges::sort(line.points, {}, &PlotPoint::x);
  return line;
}

std::string note_of(const loadgen::RunRecord& run) {
  return fmt::format("95 % intervals of the run's own requests; n = {} requests",
                     run.result.counters.ok);
}

PlotChart latency_chart(const loadgen::RunRecord& run, const std::vector<StageResult>& stages,
                        const std::string& title, const std::string& y_label,
                        const std::string& metric) {
  PlotChart chart{title, note_of(run), "requests a second, asked for", y_label, false, {}, true};
  for (const auto* const statistic : {"p50", "p95"}) {
    auto line = line_of(stages, statistic, fmt::format("{}.{}", metric, statistic), kMs, rate_of);
    if (!line.points.empty()) chart.lines.push_back(std::move(line));
  }
  return chart;
}

/// A rate with no interval: there is one of it.
template <class X>
PlotChart rate_chart(const loadgen::RunRecord& run, const std::vector<StageResult>& stages,
                     const std::string& title, const std::string& x_label,
                     const std::string& y_label, const std::string& figure, X x_of) {
  PlotChart chart{
      title, fmt::format("n = {} requests", run.result.counters.ok), x_label, y_label, false, {},
      true};
  auto line = line_of(stages, "measured", figure, 1, x_of);
  if (!line.points.empty()) chart.lines.push_back(std::move(line));
  return chart;
}

}  // namespace

std::optional<PlotPoint> figure_point(const loadgen::Measurement& load, const std::string& figure,
                                      double unit, double x) {
  const auto known = loadgen::Figure::parse(figure);
  const auto value = known ? known->value(load) : std::nullopt;
  if (!value || !(x > 0)) return std::nullopt;
  PlotPoint point{x, *value / unit, std::nullopt};
  const auto range = known->range(load);
  if (range && std::isfinite(range->high)) {
    point.interval = std::pair{range->low / unit, range->high / unit};
  }
  return point;
}

std::map<std::string, std::string> rate_charts(const loadgen::RunRecord& run) {
  const auto stages = loadgen::levels_of(run);
  std::vector<PlotChart> latencies{
      latency_chart(run, stages, "Request latency", "request latency, ms", "e2e")};
  if (run.options.stream) {
    latencies.push_back(latency_chart(run, stages, "Time to first token", "TTFT, ms", "ttft"));
    latencies.push_back(latency_chart(run, stages, "Time between chunks", "ITL, ms", "itl"));
  }
  constexpr const char* kAsked = "requests a second, asked for";
  const auto latency_of = [](const StageResult& stage) {
    const auto point = figure_point(stage.measured, "e2e.p50", kMs, 1);
    return point ? point->y : 0;
  };
  std::map<std::string, std::string> pictures;
  pictures["latency_vs_qps"] = svg_of(latencies);
  pictures["throughput_vs_qps"] =
      svg_of({rate_chart(run, stages, "Requests against rate", kAsked,
                         "requests a second, answered", "requests_per_s", rate_of),
              rate_chart(run, stages, "Output tokens against rate", kAsked,
                         "output tokens a second", "output_tokens_per_s", rate_of)});
  pictures["throughput_vs_latency"] =
      svg_of({rate_chart(run, stages, "Output tokens against latency", "median request latency, ms",
                         "output tokens a second", "output_tokens_per_s", latency_of)});
  return pictures;
}

}  // namespace hopcost::overhead
