#include "overhead/estimate/quantity.hpp"

#include <array>

#include <fmt/format.h>

namespace hopcost::overhead {

using loadgen::Metric;

Quantities quantities_of(const loadgen::RunResult& run) {
  constexpr std::array kMetrics{Metric::e2e,           Metric::ttft,          Metric::itl,
                                Metric::chunk_gap,     Metric::chunk_transit, Metric::request_path,
                                Metric::response_path, Metric::server_time};
  constexpr std::array kQuantiles{std::pair{"p50", 0.50}, std::pair{"p90", 0.90},
                                  std::pair{"p95", 0.95}, std::pair{"p99", 0.99}};
  Quantities all;
  for (const Metric metric : kMetrics) {
    const auto& histogram = run.metrics[metric];
    if (histogram.count() == 0) continue;
    const auto name = loadgen::metric_name(metric);
    for (const auto& [label, q] : kQuantiles) {
      if (const auto value = histogram.quantile_if_supported(q)) {
        all[fmt::format("{}.{}", name, label)] = *value;
      }
    }
    all[fmt::format("{}.mean", name)] = histogram.mean();
  }
  all["requests_per_s"] = run.requests_per_s();
  if (const double chunks = run.chunks_per_s(); chunks > 0) all["chunks_per_s"] = chunks;
  return all;
}

const char* headline(Mode mode) {
  return mode == Mode::unary ? "e2e.p50" : "ttft.p50";
}

}  // namespace hopcost::overhead
