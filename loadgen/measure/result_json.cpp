#include <cmath>

#include <nlohmann/json.hpp>

#include "loadgen/measure/result.hpp"
#include "loadgen/measure/steady_state.hpp"

namespace hopcost::loadgen {
namespace {

using Json = nlohmann::json;

Json optional_number(std::optional<double> value) {
  return value ? Json(*value) : Json(nullptr);
}

Json summary(const Histogram& histogram) {
  auto json = histogram.to_json();
  json["p50"] = optional_number(histogram.quantile_if_supported(0.50));
  json["p90"] = optional_number(histogram.quantile_if_supported(0.90));
  json["p95"] = optional_number(histogram.quantile_if_supported(0.95));
  json["p99"] = optional_number(histogram.quantile_if_supported(0.99));
  return json;
}

/// Infinite is a text: JSON has no such number.
Json error_adjusted(const Tally& tally, Metric metric) {
  Json json;
  for (const auto& [name, q] :
       {std::pair{"p50", 0.50}, {"p90", 0.90}, {"p95", 0.95}, {"p99", 0.99}}) {
    const auto ns = tally.error_adjusted(metric, q);
    json[name] = ns && std::isinf(*ns) ? Json("infinite") : optional_number(ns);
  }
  return json;
}

Json metrics_json(const Tally& tally) {
  Json metrics = Json::object();
  for (std::size_t i = 0; i < kMetrics; ++i) {
    const auto& histogram = tally.metrics[static_cast<Metric>(i)];
    if (histogram.count() > 0) metrics[std::string(kMetricNames[i])] = summary(histogram);
  }
  if (tally.counters.failed() == 0) return metrics;
  for (const auto metric : kErrorAdjusted) {
    if (tally.metrics[metric].count() == 0) continue;
    metrics[std::string(metric_name(metric))]["error_adjusted"] = error_adjusted(tally, metric);
  }
  return metrics;
}

Json failures_json(const Tally& tally) {
  Json failures = Json::object();
  for (std::size_t i = 1; i < kFailures; ++i) {
    if (tally.counters.failures[i] == 0) continue;
    failures[std::string(kFailureNames[i])] = {{"count", tally.counters.failures[i]},
                                               {"first", tally.failure_samples[i]}};
  }
  return failures;
}

Json by_position_json(const ByPosition& positions) {
  auto list = Json::array();
  for (std::size_t i = 0; i < ByPosition::kClasses; ++i) {
    const auto& one = positions.classes()[i];
    if (one.count == 0) continue;
    list.push_back({{"from", ByPosition::first_of(i)},
                    {"count", one.count},
                    {"mean_ns", one.sum_ns / static_cast<double>(one.count)}});
  }
  return list;
}

Json measurement_json(const Measurement& measured) {
  Json counters{{"failed", measured.counters.failed()},
                {"most_attempts", measured.counters.most_attempts}};
  for (const auto& counter : kCounterNames) {
    counters[std::string(counter.name)] = measured.counters.*counter.value;
  }
  Json json{{"start_ns", measured.start_ns},
            {"measured_ns", measured.measured_ns},
            {"offered_per_s", measured.offered_per_s},
            {"requests_per_s", measured.requests_per_s()},
            {"chunks_per_s", measured.chunks_per_s()},
            {"output_tokens_per_s", measured.output_tokens_per_s()},
            {"events_per_read", measured.events_per_read()},
            {"counters", counters},
            {"failures", failures_json(measured)},
            {"lengths",
             {{"prompt_tokens", measured.prompt_lengths.to_json()},
              {"output_tokens", measured.output_lengths.to_json()}}},
            {"metrics_ns", metrics_json(measured)},
            {"chunk_transit_by_position", by_position_json(measured.metrics.transit_by_position)}};
  if (!measured.attainment.each.empty()) {
    json["attainment"] = {{"all", measured.attainment.all}, {"each", measured.attainment.each}};
  }
  return json;
}

Json seconds_json(const std::vector<Second>& seconds) {
  auto list = Json::array();
  for (const auto& second : seconds) {
    Json json{{"sent", second.sent},
              {"ok", second.ok},
              {"failed", second.failed},
              {"chunks", second.chunks},
              {"output_tokens", second.output_tokens},
              {"in_flight", second.in_flight}};
    for (std::size_t i = 0; i < kSeriesMetrics.size(); ++i) {
      if (second.times[i].count == 0) continue;
      Histogram histogram;
      histogram.merge(second.times[i]);
      json["metrics_ns"][std::string(metric_name(kSeriesMetrics[i]))] = summary(histogram);
    }
    list.push_back(std::move(json));
  }
  return list;
}

}  // namespace

Json to_json(const RunResult& result) {
  auto json = measurement_json(result);
  const auto whole = static_cast<std::size_t>(result.measured_ns / kSecond);
  json["steady_state"] = nullptr;
  // Of several loads one after another there is none.
  if (const auto steady = steady_state(result.seconds, whole); steady && result.stages.empty()) {
    json["steady_state"] = {{"from_s", steady->from},
                            {"to_s", steady->to},
                            {"in_flight", steady->in_flight},
                            {"requests_per_s", steady->requests_per_s},
                            {"failures_per_s", steady->failures_per_s}};
  }
  json["cut_short"] = result.cut_short;
  json["stopped_by"] = result.stopped_by;
  json["generator"] = {{"busy_share", result.generator_busy_share},
                       {"cpu_ns", result.generator_cpu_ns}};
  json["calibration"] = {{"tokens_extra", result.tokens_extra},
                         {"tokens_per_word", result.tokens_per_word}};
  json["stages"] = Json::array();
  for (const auto& stage : result.stages) {
    auto each = measurement_json(stage.measured);
    each["name"] = stage.name();
    each["rate_per_s"] = stage.rate_per_s;
    each["concurrency"] = stage.concurrency;
    each["seconds"] = seconds_json(stage.seconds);
    json["stages"].push_back(std::move(each));
  }
  json["labels"] = Json::array();
  for (const auto& label : result.labels) {
    auto each = measurement_json(label.measured);
    each["dimension"] = label.dimension;
    each["name"] = label.name;
    json["labels"].push_back(std::move(each));
  }
  json["seconds"] = seconds_json(result.seconds);
  return json;
}

}  // namespace hopcost::loadgen
