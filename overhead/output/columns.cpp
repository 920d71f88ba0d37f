#include "overhead/output/columns.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "common/status_line.hpp"

namespace hopcost::overhead {

std::string aligned(const std::vector<std::vector<std::string>>& all) {
  // What stands in a name is shown, not sent; a long one does not push the figures off the screen.
  constexpr std::size_t kWidest = 80;
  auto rows = all;
  for (auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      row[i] = printable(row[i]);
      if (i + 1 < row.size()) row[i] = fitted(row[i], kWidest);
    }
  }
  std::vector<std::size_t> widths(rows.front().size());
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string out;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const bool left = i == 0 || i + 1 == row.size();
      line += left ? fmt::format("{:<{}}", row[i], widths[i])
                   : fmt::format("{:>{}}", row[i], widths[i]);
      line += "  ";
    }
    while (!line.empty() && line.back() == ' ') line.pop_back();
    out += line + "\n";
  }
  return out;
}

std::string count_text(int count) {
  return count == 0 ? "-" : std::to_string(count);
}

std::string replicas_text(const StandupPlan& standup) {
  const auto own = count_text(standup.replicas);
  return standup.backends > 1 ? fmt::format("{} on {}", own, standup.backends) : own;
}

}  // namespace hopcost::overhead
