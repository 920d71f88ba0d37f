#include "overhead/scaling/ratio.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace hopcost::overhead {
namespace {

/// What the combinations share.
using Key = std::tuple<std::string, int, std::string>;

Key key_of(const Cell& cell) {
  StandupPlan alike = cell.standup;
  alike.replicas = alike.backends = 1;
  return {cell.standup.stack, cell.standup.workers, cell_id(alike, cell.asked)};
}

std::optional<ReplicaRatio> ratio_of(std::vector<const Cell*> cells) {
  const auto ratio_of_cell = [](const Cell* cell) {
    return static_cast<double>(cell->standup.replicas) / cell->standup.backends;
  };
  std::ranges::stable_sort(cells, {}, ratio_of_cell);
  if (ratio_of_cell(cells.front()) == ratio_of_cell(cells.back())) return std::nullopt;
  const Cell& first = *cells.front();
  ReplicaRatio found{first.standup.stack, first.standup.workers, first.asked, {}, 0, 0, 0};
  for (const Cell* cell : cells) {
    const auto& overhead = cell->overheads.at(cell->headline());
    found.points.push_back(
        {cell->standup.replicas, cell->standup.backends, cell->id, overhead.difference.value});
    if (overhead.difference.value <= found.points[found.best].added_ns) {
      found.best = found.points.size() - 1;
      found.noise_floor_ns = overhead.noise_floor();
    }
  }
  const double bound = found.points[found.best].added_ns + found.noise_floor_ns;
  const auto enough = std::ranges::find_if(
      found.points, [&](const ReplicaRatio::Point& point) { return point.added_ns <= bound; });
  found.enough = static_cast<std::size_t>(enough - found.points.begin());
  return found;
}

}  // namespace

std::vector<ReplicaRatio> replica_ratios(const std::vector<Cell>& cells) {
  std::map<Key, std::vector<const Cell*>> groups;
  for (const auto& cell : cells) {
    const bool counts = cell.asked.load == Load::latency && !cell.standup.attached() &&
                        cell.state != State::no_verdict && cell.overheads.contains(cell.headline());
    if (counts) groups[key_of(cell)].push_back(&cell);
  }
  std::vector<ReplicaRatio> ratios;
  for (auto& [key, group] : groups) {
    if (auto found = ratio_of(std::move(group))) ratios.push_back(std::move(*found));
  }
  return ratios;
}

}  // namespace hopcost::overhead
