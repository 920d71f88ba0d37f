#include "overhead/plot/cell_words.hpp"

#include <set>

#include <fmt/format.h>

namespace hopcost::overhead {

std::string several(int n, const char* what) {
  return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s");
}

std::string line_name(const Cell& cell) {
  std::string name = cell.standup.stack;
  if (cell.standup.replicas > 0) name += ", " + several(cell.standup.replicas, "replica");
  if (cell.standup.workers > 0) name += ", " + several(cell.standup.workers, "worker");
  return name + lengths_text(cell.asked, ' ');
}

std::string restarts_text(const Cells& cells) {
  std::set<std::size_t> counts;
  for (const auto* cell : cells) {
    std::set<int> restarts;
    for (const auto& pass : cell->passes) restarts.insert(pass.restart);
    counts.insert(restarts.size());
  }
  if (counts.empty()) return "n = 0";
  return counts.size() == 1
             ? fmt::format("n = {} restarts a point", *counts.begin())
             : fmt::format("n = {} to {} restarts a point", *counts.begin(), *counts.rbegin());
}

}  // namespace hopcost::overhead
