#include <algorithm>

#include <fmt/format.h>

#include "overhead/checks/check.hpp"

namespace hopcost::overhead {

// The load is above half of what the backend can do (as measured in this stand-up), or the mock,
// asked for a delay, cannot keep it when nothing stands between it and the generator.
CheckResult check_backend_saturated(const Cell& cell) {
  constexpr double kAllowedLoad = 0.5;
  constexpr double kAllowedLateness = 200e3;  // ns, median of the baseline passes
  CheckResult result{.code = "backend_saturated", .blocking = true, .evidence = ""};
  const bool stream = cell.asked.mode == Mode::stream;
  const char* rate = stream ? "chunks_per_s" : "requests_per_s";
  const double ceiling = stream ? cell.ceiling.chunks_per_s : cell.ceiling.requests_per_s;
  if (ceiling <= 0) {
    result.checked = false;
    return result;
  }
  std::map<std::string, std::vector<double>> rates;
  std::vector<double> lateness;
  for (const auto& pass : cell.passes) {
    if (const auto value = pass.value(rate)) rates[pass.arm].push_back(*value);
    if (!pass.through_stack) lateness.push_back(pass.backend_lateness_p50_ns);
  }
  double load = 0;
  for (const auto& [arm, values] : rates) load = std::max(load, median(values) / ceiling);
  const double late = lateness.empty() ? 0.0 : median(lateness);
  result.fired = load > kAllowedLoad || late > kAllowedLateness;
  result.evidence = fmt::format(
      "load {:.0f} % of the backend's ceiling ({:.0f} {}/s), pacing lateness p50 {:.0f} us",
      100 * load, ceiling, stream ? "chunks" : "requests", late / 1e3);
  return result;
}

}  // namespace hopcost::overhead
