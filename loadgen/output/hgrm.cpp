#include <cmath>
#include <iterator>

#include <fmt/format.h>

#include "loadgen/output/format.hpp"
#include "loadgen/output/statistics.hpp"

namespace hopcost::loadgen {
namespace {

constexpr int kTicksPerHalfDistance = 5;

/// HdrHistogram's percentile distribution: five percentiles for each halving of what is left.
std::string distribution(const Histogram& ns) {
  const Statistics ms(ns, kMillisecond);
  std::string out = "       Value     Percentile TotalCount 1/(1-Percentile)\n\n";
  auto put = std::back_inserter(out);
  const auto count = static_cast<double>(ns.count());
  double percentile = 0;
  double step = 0.5 / kTicksPerHalfDistance;
  for (int tick = 0; (1 - percentile) * count >= 1; ++tick) {
    fmt::format_to(put, "{:12.6f} {:2.12f} {:10} {:14.2f}\n", ms.at(percentile), percentile,
                   static_cast<std::uint64_t>(std::ceil(percentile * count)), 1 / (1 - percentile));
    if (tick > 0 && tick % kTicksPerHalfDistance == 0) step /= 2;
    percentile += step;
  }
  fmt::format_to(put, "{:12.6f} {:2.12f} {:10}\n", ms.max(), 1.0, ns.count());
  fmt::format_to(put, "#[Mean    = {:12.6f}, StdDeviation   = {:12.6f}]\n", ms.mean(),
                 ms.deviation());
  fmt::format_to(put, "#[Max     = {:12.6f}, Total count    = {:12}]\n", ms.max(), ns.count());
  return out;
}

}  // namespace

std::vector<OutputFile> render_hgrm(const RunRecord& record) {
  std::vector<OutputFile> files;
  for (std::size_t i = 0; i < kShownMetrics; ++i) {
    const auto& histogram = record.result.metrics[static_cast<Metric>(i)];
    if (histogram.count() == 0) continue;
    files.push_back({fmt::format("hgrm/{}.hgrm", kMetricNames[i]), distribution(histogram)});
  }
  return files;
}

}  // namespace hopcost::loadgen
