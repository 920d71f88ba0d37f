#include "overhead/plot/plots.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <set>

#include <fmt/format.h>

#include "loadgen/output/format.hpp"
#include "overhead/plot/cell_plots.hpp"
#include "overhead/plot/cell_words.hpp"
#include "overhead/plot/chart.hpp"
#include "overhead/plot/distribution_plots.hpp"
#include "overhead/plot/heat_plots.hpp"
#include "overhead/plot/scaling_plots.hpp"

namespace hopcost::overhead {
namespace {

constexpr double kMs = 1e6;
constexpr double kUs = 1e3;

/// Over the restarts: mean of their medians, with its interval.
std::optional<PlotPoint> level_point(const Cell& cell, const std::string& arm,
                                     const std::string& quantity, double unit, double x) {
  auto medians = restart_medians(cell.passes, arm,
                                 [&](const PassRecord& pass) { return pass.value(quantity); });
  if (medians.empty()) return std::nullopt;
  if (const auto estimate = estimate_mean(medians)) {
    return PlotPoint{x, estimate->value / unit,
                     std::pair{std::max(0.0, estimate->low) / unit, estimate->high / unit}};
  }
  return PlotPoint{x, medians.front() / unit, std::nullopt};
}

/// Requests under way on average: as many as asked in a closed loop, by Little's law in an open
/// one.
double under_way(const Cell& cell, const std::string& arm) {
  if (cell.asked.rate_per_s <= 0) return cell.asked.concurrency;
  const auto rate = arm_level(cell, arm, "requests_per_s");
  const auto mean = arm_level(cell, arm, "e2e.mean");
  return rate && mean ? *rate * *mean / static_cast<double>(kSecond) : 0;
}

double requests_a_second(const Cell& cell, const std::string& arm) {
  return arm_level(cell, arm, "requests_per_s").value_or(0);
}

using PointOf = std::function<std::optional<PlotPoint>(const Cell&, const std::string& arm)>;

void put(PlotLine& line, const std::optional<PlotPoint>& point) {
  if (point) line.points.push_back(*point);
}

/// A line for each stand-up, and one for the backend alone: of the first cell that drives it so.
std::vector<PlotLine> lines_of(const Cells& cells, const PointOf& point_of, bool with_direct) {
  std::map<std::string, PlotLine> lines;
  std::vector<std::string> order;
  PlotLine direct{"direct", {}, true};
  std::set<std::string> seen;
  for (const auto* cell : cells) {
    const auto name = line_name(*cell);
    if (!lines.contains(name)) order.push_back(name);
    lines[name].name = name;
    put(lines[name], point_of(*cell, cell->contrast.ours));
    if (with_direct &&
        seen.insert(users_text(cell->asked) + lengths_text(cell->asked, ' ')).second) {
      put(direct, point_of(*cell, cell->contrast.theirs));
    }
  }
  std::vector<PlotLine> all;
  if (with_direct && !direct.points.empty()) all.push_back(std::move(direct));
  for (const auto& name : order) all.push_back(std::move(lines[name]));
  for (auto& line : all) std::ranges::sort(line.points, {}, &PlotPoint::x);
  return all;
}

PlotChart against_concurrency(const Cells& cells, const std::string& title,
                              const std::string& y_label, const std::string& quantity,
                              double unit) {
  const bool open =
      std::ranges::any_of(cells, [](const Cell* cell) { return cell->asked.rate_per_s > 0; });
  return {title,
          fmt::format("{}mean over restarts with 95 % intervals; {}",
                      quantity.ends_with(".p50") ? "median, " : "", restarts_text(cells)),
          open ? "requests under way (mean, as measured)" : "concurrency (requests under way)",
          y_label,
          true,
          lines_of(
              cells,
              [&](const Cell& cell, const std::string& arm) {
                return level_point(cell, arm, quantity, unit, under_way(cell, arm));
              },
              true),
          false};
}

PlotChart added_chart(const Cells& cells, const char* title, const std::string& quantity) {
  const bool open =
      std::ranges::any_of(cells, [](const Cell* cell) { return cell->asked.rate_per_s > 0; });
  return {title,
          fmt::format("difference of medians with intervals; {}", restarts_text(cells)),
          open ? "requests a second" : "concurrency (requests under way)",
          "added, µs",
          !open,
          lines_of(
              cells,
              [&](const Cell& cell, const std::string&) -> std::optional<PlotPoint> {
                const auto found = cell.overheads.find(quantity);
                if (found == cell.overheads.end()) return std::nullopt;
                const auto& d = found->second.difference;
                const double x = open ? cell.asked.rate_per_s : cell.asked.concurrency;
                return PlotPoint{x, d.value / kUs, std::pair{d.low / kUs, d.high / kUs}};
              },
              false)};
}

Cells of_mode(const Cells& cells, Mode mode) {
  Cells chosen;
  std::ranges::copy_if(cells, std::back_inserter(chosen),
                       [&](const Cell* cell) { return cell->asked.mode == mode; });
  return chosen;
}

/// Streams where there are any: they have a first token and gaps.
Cells streams_or_all(const Cells& cells) {
  auto streams = of_mode(cells, Mode::stream);
  return streams.empty() ? cells : streams;
}

void put_by_backends(Pictures& out, const Cells& cells) {
  std::map<int, Cells> by_backends;
  for (const auto* cell : cells) by_backends[cell->standup.backends].push_back(cell);
  for (const auto& [backends, all] : by_backends) {
    const auto chosen = streams_or_all(all);
    const bool streams = chosen.front()->asked.mode == Mode::stream;
    const auto where =
        fmt::format("{}, {}", several(backends, "backend"), streams ? "streamed" : "plain");
    const auto prefix = fmt::format("vllm_replica{}_", backends);
    const auto latency = against_concurrency(chosen, "Request latency, " + where,
                                             "request latency, ms", "e2e.p50", kMs);
    const auto rate = against_concurrency(chosen, "Throughput, " + where, "requests per second",
                                          "requests_per_s", 1);
    std::vector<PlotChart> panels{rate, latency};
    out[prefix + "req_latency_vs_concurrency"] = svg_of({latency});
    if (streams) {
      const auto ttft =
          against_concurrency(chosen, "Time to first token, " + where, "TTFT, ms", "ttft.p50", kMs);
      const auto itl =
          against_concurrency(chosen, "Time between chunks, " + where, "ITL, ms", "itl.p50", kMs);
      out[prefix + "ttft_vs_concurrency"] = svg_of({ttft});
      out[prefix + "itl_vs_concurrency"] = svg_of({itl});
      panels.insert(panels.end(), {ttft, itl});
    }
    out[prefix + "benchmark_results"] = svg_of(panels);
  }
}

void put_by_rate(Pictures& out, const Cells& cells) {
  const auto chosen = streams_or_all(cells);
  const auto note =
      fmt::format("mean over restarts with 95 % intervals; {}", restarts_text(chosen));
  const auto offered = [](const Cell& cell, const std::string& arm) {
    return cell.asked.rate_per_s > 0 ? cell.asked.rate_per_s : requests_a_second(cell, arm);
  };
  out["latency_vs_qps"] =
      svg_of({PlotChart{"Request latency against rate", "median, " + note, "requests a second",
                        "request latency, ms", false,
                        lines_of(
                            chosen,
                            [&](const Cell& cell, const std::string& arm) {
                              return level_point(cell, arm, "e2e.p50", kMs, offered(cell, arm));
                            },
                            true),
                        false}});
  out["throughput_vs_qps"] = svg_of(
      {PlotChart{"Throughput against rate", note, "requests a second, asked for",
                 "requests a second, answered", false,
                 lines_of(
                     chosen,
                     [&](const Cell& cell, const std::string& arm) {
                       return level_point(cell, arm, "requests_per_s", 1, offered(cell, arm));
                     },
                     true),
                 false}});
  out["throughput_vs_latency"] = svg_of({PlotChart{
      "Throughput against latency", note, "median request latency, ms", "requests a second", false,
      lines_of(
          chosen,
          [&](const Cell& cell, const std::string& arm) {
            return level_point(cell, arm, "requests_per_s", 1,
                               arm_level(cell, arm, "e2e.p50").value_or(0) / kMs);
          },
          true),
      false}});
}

}  // namespace

std::map<std::string, std::string> plots_of(const ReadStudy& study) {
  Cells cells;
  for (const auto& cell : study.cells) {
    if (cell.asked.load == Load::latency && cell.state != State::no_verdict) cells.push_back(&cell);
  }
  Pictures out;
  const auto streams = of_mode(cells, Mode::stream);
  const auto unary = of_mode(cells, Mode::unary);
  if (!unary.empty() || streams.empty()) {
    out["added_unary"] =
        svg_of({added_chart(unary, "Added to a plain request", headline(Mode::unary))});
  }
  if (!streams.empty()) {
    out["added_stream"] = svg_of(
        {added_chart(streams, "Added to the first token of a stream", headline(Mode::stream)),
         added_chart(streams, "Added to each chunk of a stream", kPerChunk)});
  }
  put_scaling(out, study);
  put_heat_maps(out, study.cells);
  for (const auto& cell : study.cells) {
    if (!cell.passes.empty())
      out[fmt::format("cells/{}", loadgen::file_name(cell.id))] = cell_picture(cell);
  }
  if (cells.empty()) return out;
  put_by_backends(out, cells);
  put_by_rate(out, cells);
  put_distributions(out, cells);
  return out;
}

}  // namespace hopcost::overhead
