#include <iterator>

#include <fmt/format.h>

#include "loadgen/output/format.hpp"
#include "loadgen/output/statistics.hpp"

namespace hopcost::loadgen {

/// The run second by second.
std::vector<OutputFile> render_csv(const RunRecord& record) {
  std::string out = "at_s,sent,ok,failed,chunks,output_tokens,in_flight";
  auto put = std::back_inserter(out);
  for (const auto metric : kSeriesMetrics) {
    for (const auto* statistic : {"mean", "p50", "p95", "p99", "max"}) {
      fmt::format_to(put, ",{}_{}_ms", metric_name(metric), statistic);
    }
  }
  out += '\n';
  for (std::size_t i = 0; i < record.result.seconds.size(); ++i) {
    const auto& second = record.result.seconds[i];
    fmt::format_to(put, "{},{},{},{},{},{},{:.3f}", i, second.sent, second.ok, second.failed,
                   second.chunks, second.output_tokens, second.in_flight);
    for (const auto& times : second.times) {
      Histogram histogram;
      histogram.merge(times);
      const Statistics ms(histogram, kMillisecond);
      if (ms.count() == 0) {
        out += ",,,,,";
        continue;
      }
      fmt::format_to(put, ",{:.6f},{:.6f},{:.6f},{:.6f},{:.6f}", ms.mean(), ms.at(0.5), ms.at(0.95),
                     ms.at(0.99), ms.max());
    }
    out += '\n';
  }
  return {{"seconds.csv", out}};
}

}  // namespace hopcost::loadgen
