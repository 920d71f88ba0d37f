#include "overhead/harness/cpu_log.hpp"

#include <algorithm>
#include <iterator>

namespace hopcost::overhead {

void CpuLog::add(Nanos when, Nanos used) {
  looks_.emplace_back(when, looks_.empty() ? used : std::max(used, looks_.back().second));
}

std::optional<double> CpuLog::share_between(Nanos from, Nanos to) const {
  if (looks_.empty() || from >= to) return std::nullopt;
  if (from < looks_.front().first || to > looks_.back().first) return std::nullopt;
  return (used_at(to) - used_at(from)) / static_cast<double>(to - from);
}

double CpuLog::used_at(Nanos when) const {
  const auto after = std::ranges::lower_bound(looks_, when, {}, &std::pair<Nanos, Nanos>::first);
  const auto used = static_cast<double>(after->second);
  if (after == looks_.begin() || after->first == when) return used;
  const auto before = std::prev(after);
  const auto way =
      static_cast<double>(when - before->first) / static_cast<double>(after->first - before->first);
  return static_cast<double>(before->second) + way * (used - static_cast<double>(before->second));
}

}  // namespace hopcost::overhead
