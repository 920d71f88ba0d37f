#include "overhead/plot/cell_plots.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "loadgen/measure/positions.hpp"
#include "overhead/plot/distribution_plots.hpp"

namespace hopcost::overhead {
namespace {

constexpr double kUs = 1e3;

std::string title_of(const Cell& cell) {
  return fmt::format("{}, {}{}, {}", line_name(cell), users_text(cell.asked),
                     cell.asked.rate_per_s > 0 ? "" : " under way",
                     cell.asked.mode == Mode::unary ? "plain" : "streamed");
}

PlotChart distribution(const Cell& cell) {
  std::vector<PlotLine> lines;
  std::uint64_t samples = 0;
  for (const auto* const arm : {&cell.contrast.theirs, &cell.contrast.ours}) {
    const auto found = cell.merged.find(*arm);
    if (found == cell.merged.end()) continue;
    const auto& histogram = found->second.metrics[loadgen::Metric::e2e];
    if (histogram.count() == 0) continue;
    lines.push_back(distribution_line(*arm, histogram));
    lines.back().reference = arm == &cell.contrast.theirs;
    samples += histogram.count();
  }
  return distribution_chart(title_of(cell),
                            fmt::format("whole request, all passes; n = {} samples", samples),
                            std::move(lines));
}

/// One arm minus another, round by round; a round stands a little beside the one before.
PlotLine differences(const Cell& cell, const std::string& arm, double unit) {
  const std::string quantity = cell.headline();
  std::map<std::pair<int, int>, double> theirs;
  int rounds = 1;
  for (const auto& pass : cell.passes) {
    rounds = std::max(rounds, pass.round + 1);
    const auto value = pass.value(quantity);
    if (pass.arm == cell.contrast.theirs && value) theirs[{pass.restart, pass.round}] = *value;
  }
  PlotLine line{fmt::format("{} minus {}", arm, cell.contrast.theirs), {}, false, false, true};
  for (const auto& pass : cell.passes) {
    const auto value = pass.value(quantity);
    const auto other = theirs.find({pass.restart, pass.round});
    if (pass.arm != arm || !value || other == theirs.end()) continue;
    const double beside = (pass.round + 0.5) / rounds - 0.5;
    line.points.push_back(
        {pass.restart + 1 + 0.6 * beside, (*value - other->second) / unit, std::nullopt});
  }
  return line;
}

PlotChart rounds(const Cell& cell) {
  const bool time = cell.asked.load == Load::latency;
  const double unit = time ? kUs : 1;
  std::vector<PlotLine> lines;
  if (!cell.contrast.control.empty()) {
    lines.push_back(differences(cell, cell.contrast.control, unit));
    lines.back().reference = true;
  }
  lines.push_back(differences(cell, cell.contrast.ours, unit));
  std::erase_if(lines, [](const PlotLine& line) { return line.points.empty(); });
  const auto pairs = lines.empty() ? 0 : lines.back().points.size();
  PlotChart chart{
      "Round by round",
      fmt::format("{}; n = {} rounds; shaded: the estimate's interval", cell.headline(), pairs),
      "restart",
      time ? "difference, µs" : "difference, 1/s",
      false,
      std::move(lines),
      true};
  const auto found = cell.overheads.find(cell.headline());
  if (found != cell.overheads.end() && cell.state != State::no_verdict) {
    const auto& added = found->second.difference;
    chart.band = std::pair{added.low / unit, added.high / unit};
  }
  std::set<int> restarts;
  for (const auto& pass : cell.passes) restarts.insert(pass.restart);
  for (const int restart : restarts) {
    chart.x_ticks.emplace_back(restart + 1, std::to_string(restart + 1));
  }
  chart.aside = false;
  chart.nothing = "nothing to draw: no round was measured whole";
  return chart;
}

PlotChart transit(const Cell& cell) {
  PlotChart chart{"Transit by place in the stream",
                  "mean from the backend's write to the client's read; all passes",
                  "place of the chunk",
                  "transit, µs",
                  true,
                  {},
                  true};
  std::uint64_t chunks = 0;
  for (const auto* const arm : {&cell.contrast.theirs, &cell.contrast.ours}) {
    const auto found = cell.merged.find(*arm);
    if (found == cell.merged.end()) continue;
    PlotLine line{*arm, {}, arm == &cell.contrast.theirs};
    const auto& classes = found->second.metrics.transit_by_position.classes();
    for (std::size_t i = 0; i < classes.size(); ++i) {
      if (classes[i].count == 0) continue;
      chunks += classes[i].count;
      line.points.push_back({static_cast<double>(loadgen::ByPosition::first_of(i) + 1),
                             classes[i].sum_ns / static_cast<double>(classes[i].count) / kUs,
                             std::nullopt});
    }
    if (!line.points.empty()) chart.lines.push_back(std::move(line));
  }
  chart.note += fmt::format("; n = {} chunks", chunks);
  chart.aside = false;
  chart.nothing = "nothing to draw: no chunk carried a stamp";
  return chart;
}

/// CPUs' worth of work that comes with a pass's rate of requests, mean over passes.
PlotChart threads(const Cell& cell) {
  std::vector<double> sums;
  int passes = 0;
  for (const auto& pass : cell.passes) {
    const auto rate = pass.value("requests_per_s");
    const auto requests = static_cast<double>(pass.counters.requests_total);
    if (pass.arm != cell.contrast.ours || !rate || requests <= 0) continue;
    ++passes;
    sums.resize(std::max(sums.size(), pass.busiest_threads_ns.size()));
    for (std::size_t i = 0; i < pass.busiest_threads_ns.size(); ++i) {
      sums[i] += static_cast<double>(pass.busiest_threads_ns[i]) * *rate / requests /
                 static_cast<double>(kSecond);
    }
  }
  constexpr double kIdle = 0.0005;  // what does not work is no worker
  PlotLine line{"threads of the stack", {}, false, false, true};
  for (std::size_t i = 0; i < sums.size(); ++i) {
    if (sums[i] / passes < kIdle) break;
    line.points.push_back({static_cast<double>(i + 1), sums[i] / passes, std::nullopt});
  }
  PlotChart chart{"CPU, thread by thread",
                  fmt::format("mean over passes, busiest first; n = {} passes", passes),
                  "thread",
                  "CPUs' worth of work",
                  false,
                  {},
                  true};
  if (!line.points.empty()) chart.lines.push_back(std::move(line));
  chart.nothing = "nothing to draw: the stack's threads are not known";
  return chart;
}

}  // namespace

std::string cell_picture(const Cell& cell) {
  std::vector<PlotChart> charts{distribution(cell), rounds(cell)};
  if (cell.asked.mode == Mode::stream) charts.push_back(transit(cell));
  charts.push_back(threads(cell));
  return svg_of(charts);
}

}  // namespace hopcost::overhead
