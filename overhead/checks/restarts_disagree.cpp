#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "overhead/checks/check.hpp"

namespace hopcost::overhead {
namespace {

/// Standard error of one restart's value, from the spread of its rounds: pooled over restarts.
double error_within(const Cell& cell, const std::string& quantity) {
  std::map<int, std::map<int, std::map<std::string, double>>> rounds;
  for (const auto& pass : cell.passes) {
    if (const auto value = pass.value(quantity)) {
      rounds[pass.restart][pass.round][pass.arm] = *value;
    }
  }
  double squares = 0;
  double freedom = 0;
  double count = 0;
  for (const auto& [restart, by_round] : rounds) {
    std::vector<double> differences;
    for (const auto& [round, by_arm] : by_round) {
      const auto& [ours, theirs, control] = cell.contrast;
      if (by_arm.contains(ours) && by_arm.contains(theirs)) {
        differences.push_back(by_arm.at(ours) - by_arm.at(theirs));
      }
    }
    if (differences.size() < 2) continue;
    double mean = 0;
    for (const double d : differences) mean += d / static_cast<double>(differences.size());
    for (const double d : differences) squares += (d - mean) * (d - mean);
    freedom += static_cast<double>(differences.size() - 1);
    count = static_cast<double>(differences.size());
  }
  return freedom == 0 ? 0.0 : std::sqrt(squares / freedom / count);
}

}  // namespace

// Restarts fall in groups: the widest gap between sorted restart values exceeds half their range
// and five times the standard error within a restart. An interval over few such restarts means
// nothing. Blocks a gate, and until there are gates it is printed beside the figure.
CheckResult check_restarts_disagree(const Cell& cell) {
  constexpr std::size_t kEnough = 15;
  constexpr double kErrors = 5;
  CheckResult result{.code = "restarts_disagree", .blocking = false, .evidence = ""};
  const auto found = cell.overheads.find(cell.headline());
  if (found == cell.overheads.end() || found->second.difference.restarts.size() < 3) {
    result.checked = false;
    return result;
  }
  auto values = found->second.difference.restarts;
  std::ranges::sort(values);
  double gap = 0;
  for (std::size_t i = 1; i < values.size(); ++i) gap = std::max(gap, values[i] - values[i - 1]);
  const double range = values.back() - values.front();
  const double error = error_within(cell, cell.headline());
  result.fired = values.size() < kEnough && gap > range / 2 && gap > kErrors * error && error > 0;
  for (double& value : values) value = std::round(value / 100) / 10;
  result.evidence = fmt::format("restart values {} us", fmt::join(values, ", "));
  return result;
}

}  // namespace hopcost::overhead
