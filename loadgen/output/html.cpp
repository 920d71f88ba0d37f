#include "loadgen/output/html.hpp"

#include <nlohmann/json.hpp>

#include "web/page.hpp"

namespace hopcost::loadgen {
namespace {

using Json = nlohmann::json;

/// Percentiles as run.json has them; in place of the buckets what the page draws.
void shorten_metrics(Json& measured, const MetricSet& metrics) {
  measured.erase("lengths");
  measured.erase("chunk_transit_by_position");
  Json all = Json::object();
  for (std::size_t i = 0; i < kShownMetrics; ++i) {
    const auto name = std::string(kMetricNames[i]);
    const auto found = measured["metrics_ns"].find(name);
    if (found == measured["metrics_ns"].end()) continue;
    all[name] = web::distribution(metrics[static_cast<Metric>(i)]);
    for (const auto* quantile : {"p50", "p90", "p95", "p99"}) {
      all[name][quantile] = (*found)[quantile];
    }
  }
  measured.erase("metrics_ns");
  measured["metrics"] = std::move(all);
}

/// Of a second too few are there for run.json's percentiles; the picture says how many.
void shorten_seconds(Json& list, const std::vector<Second>& seconds) {
  for (std::size_t i = 0; i < seconds.size(); ++i) {
    list[i].erase("metrics_ns");
    list[i]["metrics"] = Json::object();
    for (std::size_t m = 0; m < kSeriesMetrics.size(); ++m) {
      if (seconds[i].times[m].count == 0) continue;
      Histogram histogram;
      histogram.merge(seconds[i].times[m]);
      list[i]["metrics"][std::string(metric_name(kSeriesMetrics[m]))] = {
          {"p50", web::rounded(histogram.quantile(0.50).value_or(0))},
          {"p99", web::rounded(histogram.quantile(0.99).value_or(0))},
          {"n", histogram.count()}};
    }
  }
}

}  // namespace

Json page_data(const RunRecord& record) {
  const auto& result = record.result;
  Json data = to_json(record);
  shorten_metrics(data, result.metrics);
  for (std::size_t i = 0; i < result.stages.size(); ++i) {
    shorten_metrics(data["stages"][i], result.stages[i].measured.metrics);
    data["stages"][i].erase("seconds");
  }
  for (std::size_t i = 0; i < result.labels.size(); ++i) {
    shorten_metrics(data["labels"][i], result.labels[i].measured.metrics);
  }
  shorten_seconds(data["seconds"], result.seconds);
  return data;
}

Result<std::string> html_page(const RunRecord& record) {
  return web::page(page_data(record));
}

}  // namespace hopcost::loadgen
