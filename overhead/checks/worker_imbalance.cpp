#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "overhead/checks/check.hpp"
#include "overhead/checks/imbalance.hpp"

namespace hopcost::overhead {
namespace {

int workers_of(const Cell& cell) {
  return cell.standup.workers * cell.standup.replicas;
}

double imbalance(const std::vector<Nanos>& busiest, int workers) {
  const auto counted = std::min<std::ptrdiff_t>(workers, std::ssize(busiest));
  const auto total =
      static_cast<double>(std::accumulate(busiest.begin(), busiest.begin() + counted, Nanos{0}));
  return total <= 0 ? 0.0 : static_cast<double>(busiest.front()) * workers / total;
}

}  // namespace

std::optional<double> median_imbalance(const Cell& cell) {
  const int workers = workers_of(cell);
  if (workers < 2 || cell.asked.rate_per_s > 0) return std::nullopt;
  if (cell.asked.concurrency < 2 * workers) return std::nullopt;
  std::vector<double> times;
  for (const auto& pass : cell.passes) {
    if (pass.arm != cell.contrast.ours || pass.busiest_threads_ns.empty()) continue;
    times.push_back(imbalance(pass.busiest_threads_ns, workers));
  }
  return times.empty() ? std::nullopt : std::optional(median(times));
}

double uneven_from(int workers) {
  constexpr double kTwice = 2;
  constexpr double kNearlyAll = 0.9;
  return std::min(kTwice, kNearlyAll * workers);
}

// One worker does far more than its part: connections are not dealt evenly, and more workers help
// less than they could.
CheckResult check_worker_imbalance(const Cell& cell) {
  CheckResult result{.code = "worker_imbalance", .blocking = false, .evidence = ""};
  const auto times = median_imbalance(cell);
  if (!times) {
    result.checked = false;
    return result;
  }
  result.fired = *times > uneven_from(workers_of(cell));
  result.evidence =
      fmt::format("the busiest of {} workers has {:.1f} x the mean CPU", workers_of(cell), *times);
  return result;
}

}  // namespace hopcost::overhead
