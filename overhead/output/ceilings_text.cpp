#include "overhead/output/ceilings_text.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "overhead/output/columns.hpp"

namespace hopcost::overhead {
namespace {

const char* unit_of(const Cell& cell) {
  return cell.asked.mode == Mode::unary ? "requests/s" : "chunks/s";
}

std::string ratio_text(const Cell& cell) {
  const auto& [ours, theirs, control] = cell.contrast;
  const auto ratios = restart_ratios(cell.passes, ours, theirs, cell.headline());
  const auto ratio = ratios ? estimate_ratio(*ratios, cell.level) : std::nullopt;
  if (!ratio) return "-";
  return fmt::format("{:.3f} [{:.3f}, {:.3f}]", ratio->value, ratio->low, ratio->high);
}

/// Requests or chunks a second through one arm, from one value a restart.
std::optional<Estimate> rate_of(const Cell& cell, const std::string& arm) {
  if (cell.state == State::no_verdict) return std::nullopt;
  return estimate_mean(
      restart_medians(cell.passes, arm,
                      [&](const PassRecord& pass) { return pass.value(cell.headline()); }),
      cell.level);
}

std::string rate_text(const std::optional<Estimate>& rate) {
  return rate ? fmt::format("{:.0f} [{:.0f}, {:.0f}]", rate->value, rate->low, rate->high) : "-";
}

}  // namespace

std::string ceilings_table(const std::vector<Cell>& cells) {
  std::vector<std::vector<std::string>> rows{{"stack", "workers", "replicas", "users", "of",
                                              "through it", "backend alone", "ratio", "verdict"}};
  for (const auto& cell : cells) {
    if (cell.asked.load != Load::ceiling) continue;
    const bool told = cell.state != State::no_verdict;
    rows.push_back({cell.standup.stack, count_text(cell.standup.workers),
                    replicas_text(cell.standup), std::to_string(cell.asked.concurrency),
                    unit_of(cell), rate_text(rate_of(cell, cell.contrast.ours)),
                    rate_text(rate_of(cell, cell.contrast.theirs)), told ? ratio_text(cell) : "-",
                    state_name(cell.state)});
  }
  if (rows.size() == 1) return {};
  return "\nAs much as goes through\n\n" + aligned(rows);
}

std::string ceilings_sentence(const std::vector<Cell>& cells) {
  std::vector<std::string> said;
  std::vector<std::pair<std::string, Mode>> seen;
  for (const auto& cell : cells) {
    if (cell.asked.load != Load::ceiling) continue;
    const std::pair key{cell.standup.stack, cell.asked.mode};
    if (std::ranges::find(seen, key) != seen.end()) continue;
    seen.push_back(key);
    const auto rate = rate_of(cell, cell.contrast.ours);
    said.push_back(rate ? fmt::format("{} {:.0f} {} [{:.0f}, {:.0f}]", cell.standup.stack,
                                      rate->value, unit_of(cell), rate->low, rate->high)
                        : fmt::format("{} no verdict on {}", cell.standup.stack, unit_of(cell)));
  }
  if (said.empty()) return {};
  return fmt::format("At most so much goes through: {}.", fmt::join(said, "; "));
}

}  // namespace hopcost::overhead
