#include "overhead/plot/heat_plots.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "overhead/plot/cell_words.hpp"
#include "overhead/plot/heat_map.hpp"

namespace hopcost::overhead {
namespace {

/// Closed loops by users, then open loops by rate.
using LoadKey = std::pair<double, int>;

LoadKey load_of(const Cell& cell) {
  return {cell.asked.rate_per_s, cell.asked.rate_per_s > 0 ? 0 : cell.asked.concurrency};
}

std::string short_number(double us) {
  constexpr double kLong = 100;
  return std::abs(us) >= kLong ? fmt::format("{:.0f}", us) : fmt::format("{:.1f}", us);
}

HeatMap::Cell shown(const Cell& cell) {
  const auto found = cell.overheads.find(cell.headline());
  if (cell.state == State::no_verdict || found == cell.overheads.end()) return {"no verdict", {}};
  constexpr double kUs = 1e3;
  if (cell.state == State::below_resolution) {
    return {fmt::format("< {}", short_number(found->second.resolution() / kUs)), {}};
  }
  const auto& added = found->second.difference;
  return {fmt::format("{} [{}, {}]", short_number(added.value / kUs), short_number(added.low / kUs),
                      short_number(added.high / kUs)),
          added.value};
}

HeatMap map_of(const Cells& cells, Mode mode) {
  HeatMap map{
      mode == Mode::unary ? "Added to the median plain request, µs"
                          : "Added to the median time to first token, µs",
      fmt::format("[{:.3g} % interval]; darker is more, white is below resolution or without a "
                  "verdict; {}",
                  100 * cells.front()->level, restarts_text(cells)),
      "load",
      {},
      {}};
  std::vector<LoadKey> loads;
  for (const auto* cell : cells) loads.push_back(load_of(*cell));
  std::ranges::sort(loads);
  loads.erase(std::ranges::unique(loads).begin(), loads.end());
  for (const auto& [rate, users] : loads) {
    map.columns.push_back(rate > 0 ? fmt::format("{:g}/s", rate)
                                   : fmt::format("{} user{}", users, users == 1 ? "" : "s"));
  }
  for (const auto* cell : cells) {
    auto name = line_name(*cell);
    if (cell->standup.backends > 1) {
      name += fmt::format(", {}", several(cell->standup.backends, "backend"));
    }
    auto row = std::ranges::find(map.rows, name, &HeatMap::Row::name);
    if (row == map.rows.end()) {
      map.rows.push_back({name, std::vector<std::optional<HeatMap::Cell>>(loads.size())});
      row = std::prev(map.rows.end());
    }
    const auto column = std::ranges::lower_bound(loads, load_of(*cell)) - loads.begin();
    row->cells[static_cast<std::size_t>(column)] = shown(*cell);
  }
  return map;
}

}  // namespace

void put_heat_maps(Pictures& out, const std::vector<Cell>& all) {
  for (const auto mode : {Mode::unary, Mode::stream}) {
    Cells cells;
    for (const auto& cell : all) {
      if (cell.asked.load == Load::latency && cell.asked.mode == mode) {
        cells.push_back(&cell);
      }
    }
    if (cells.empty()) continue;
    out[mode == Mode::unary ? "heat_map_unary" : "heat_map_stream"] = svg_of(map_of(cells, mode));
  }
}

}  // namespace hopcost::overhead
