#include "loadgen/output/headline.hpp"

#include <fmt/format.h>

namespace hopcost::loadgen {

std::vector<Headline> headlines(const RunRecord& record) {
  std::vector<Headline> all;
  if (!record.judgement.valid()) return all;
  for (const auto metric : kHeadlineMetrics) {
    for (const auto* quantile : {"p50", "p99"}) {
      const auto figure = Figure::parse(fmt::format("{}.{}", metric_name(metric), quantile));
      const auto ns = figure->value(record.result);
      if (!ns) continue;
      all.push_back({std::string(metric_name(metric)), quantile, *ns, figure->range(record.result),
                     record.result.metrics[metric].count()});
    }
  }
  return all;
}

}  // namespace hopcost::loadgen
