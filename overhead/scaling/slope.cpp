#include "overhead/scaling/slope.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

namespace hopcost::overhead {
namespace {

/// A factor whose slope is of interest.
struct Factor {
  const char* per;
  bool streams_only;
  int (*value)(const Cell& cell);
  void (*forget)(Level& level);  ///< so that levels which differ in nothing else are equal
};

constexpr std::array kFactors{
    Factor{"request under way", false, [](const Cell& cell) { return cell.asked.concurrency; },
           [](Level& level) { level.concurrency = 0; }},
    Factor{"prompt token", false, [](const Cell& cell) { return cell.prompt_tokens; },
           [](Level& level) { level.prompt_tokens = 0; }},
    Factor{"chunk", true, [](const Cell& cell) { return cell.scenario.output_tokens; },
           [](Level& level) { level.output_tokens = 0; }}};

/// Cells by what they share.
using Key = std::tuple<std::string, int, double, Mode, int, int, Nanos>;

Key key_of(const Cell& cell, const Factor& factor) {
  Level level = cell.asked;
  factor.forget(level);
  return {cell.standup.id(),   level.concurrency,   level.rate_per_s, level.mode,
          level.prompt_tokens, level.output_tokens, level.itl};
}

/// Slope of the line of least squares.
double slope_through(const std::vector<std::pair<double, double>>& points) {
  double x = 0;
  double y = 0;
  const auto n = static_cast<double>(points.size());
  for (const auto& [a, b] : points) {
    x += a / n;
    y += b / n;
  }
  double across = 0;
  double along = 0;
  for (const auto& [a, b] : points) {
    across += (a - x) * (b - y);
    along += (a - x) * (a - x);
  }
  return across / along;
}

std::optional<Slope> slope_over(const std::map<int, const Cell*>& by_value, const Factor& factor) {
  const Cell& first = *by_value.begin()->second;
  Slope slope{first.standup.id(),
              first.asked.mode,
              factor.streams_only ? "e2e.p50" : first.headline(),
              factor.per,
              {},
              {},
              {}};
  std::size_t restarts = first.passes.size();
  std::vector<std::pair<double, const std::vector<double>*>> lines;
  for (const auto& [value, cell] : by_value) {
    const auto found = cell->overheads.find(slope.quantity);
    if (found == cell->overheads.end()) return std::nullopt;
    lines.emplace_back(value, &found->second.difference.restarts);
    restarts = std::min(restarts, lines.back().second->size());
    slope.levels.push_back(value);
    slope.cells.push_back(cell->id);
  }
  std::vector<double> slopes;
  for (std::size_t i = 0; i < restarts; ++i) {
    std::vector<std::pair<double, double>> points;
    for (const auto& [value, differences] : lines) points.emplace_back(value, (*differences)[i]);
    slopes.push_back(slope_through(points));
  }
  auto estimate = estimate_mean(std::move(slopes), first.level);
  if (!estimate) return std::nullopt;
  slope.ns = std::move(*estimate);
  return slope;
}

}  // namespace

std::vector<Slope> slopes_of(const std::vector<Cell>& cells) {
  std::vector<Slope> slopes;
  for (const auto& factor : kFactors) {
    std::map<Key, std::map<int, const Cell*>> groups;
    for (const auto& cell : cells) {
      const bool counts = cell.asked.load == Load::latency && cell.state != State::no_verdict;
      if (!counts || (factor.streams_only && cell.asked.mode == Mode::unary)) continue;
      groups[key_of(cell, factor)][factor.value(cell)] = &cell;
    }
    for (const auto& [key, by_value] : groups) {
      if (by_value.size() < 2) continue;
      if (auto slope = slope_over(by_value, factor)) slopes.push_back(std::move(*slope));
    }
  }
  return slopes;
}

}  // namespace hopcost::overhead
