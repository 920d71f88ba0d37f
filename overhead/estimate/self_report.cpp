#include "overhead/estimate/self_report.hpp"

#include "overhead/estimate/cell.hpp"

namespace hopcost::overhead {
namespace {

/// A pass's own figure of the overhead, given what the baseline took in the same restart.
double reported_in(SelfReported::Means means, double stated, double stack, double baseline) {
  switch (means) {
    case SelfReported::Means::overhead:
      return stated;
    case SelfReported::Means::upstream:
      return stack - stated;
    case SelfReported::Means::total:
      break;
  }
  return stated - baseline;
}

}  // namespace

std::optional<SelfReport> self_report(const Cell& cell) {
  if (!cell.self_reported || cell.asked.load != Load::latency) return std::nullopt;
  const auto medians = [&](const std::string& arm, const std::string& quantity) {
    return restart_medians(cell.passes, arm,
                           [&](const auto& pass) { return pass.value(quantity); });
  };
  const auto stated = medians(cell.contrast.ours, kServerTime);
  const auto stack = medians(cell.contrast.ours, cell.headline());
  const auto baseline = medians(cell.contrast.theirs, cell.headline());
  const auto measured =
      restart_differences(cell.passes, cell.contrast.ours, cell.contrast.theirs, cell.headline());
  if (!measured || stated.size() != measured->size() || stack.size() != measured->size() ||
      baseline.size() != measured->size()) {
    return std::nullopt;
  }
  std::vector<double> reported;
  std::vector<double> unexplained;
  for (std::size_t i = 0; i < measured->size(); ++i) {
    reported.push_back(reported_in(cell.self_reported->means, stated[i], stack[i], baseline[i]));
    unexplained.push_back((*measured)[i] - reported.back());
  }
  auto own = estimate_mean(std::move(reported), cell.level);
  auto rest = estimate_mean(std::move(unexplained), cell.level);
  if (!own || !rest) return std::nullopt;
  return SelfReport{std::move(*own), std::move(*rest)};
}

}  // namespace hopcost::overhead
