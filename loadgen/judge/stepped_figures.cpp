#include "loadgen/judge/stepped_figures.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "loadgen/measure/series.hpp"

namespace hopcost::loadgen {

bool SteppedFigures::has(const Figure& figure) {
  const auto& name = figure.name();
  const auto dot = name.find('.');
  if (dot == std::string::npos) return name != "goodput" && name != "unsent";
  const auto metric = metric_named(name.substr(0, dot));
  return metric && std::ranges::find(kSeriesMetrics, *metric) != kSeriesMetrics.end();
}

std::string SteppedFigures::names() {
  std::string all =
      "known are errors, success, failed, requests_per_s, chunks_per_s, "
      "output_tokens_per_s, and statistics of";
  for (const auto metric : kSeriesMetrics) all += fmt::format(" {}", metric_name(metric));
  return all;
}

}  // namespace hopcost::loadgen
