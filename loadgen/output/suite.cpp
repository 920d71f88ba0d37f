#include "loadgen/output/suite.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "loadgen/judge/judgement.hpp"
#include "loadgen/output/format.hpp"
#include "loadgen/output/levels.hpp"
#include "loadgen/output/statistics.hpp"
#include "loadgen/output/time_text.hpp"

namespace hopcost::loadgen {
namespace {

using Json = nlohmann::ordered_json;

Json times(const Histogram& ns, double unit) {
  const Statistics in(ns, unit);
  return {{"mean", in.mean()}, {"p50", in.at(0.5)}, {"p95", in.at(0.95)}, {"p99", in.at(0.99)}};
}

/// The targets of mlperf-standard, whatever else the run was asked for; by the sample's percentile
/// alone, as the suite does. Without a stream there is no first token, and no compliance.
bool is_compliant(const RunResult& result) {
  ServiceLevel standard;
  if (!add_service_level("mlperf-standard", standard)) return false;
  constexpr double kQuantile = 0.95;
  return std::ranges::all_of(standard.targets, [&](const Threshold& target) {
    const bool first = target.figure.name().starts_with("ttft.");
    const auto& histogram = result.metrics[first ? Metric::ttft : Metric::tpot_to_close];
    return histogram.count() > 0 && target.is_true_of(histogram.quantile(kQuantile).value_or(0));
  });
}

/// As people state it: without the /v1 that every server has.
std::string root_of(const ApiBase& base) {
  auto root = base;
  if (root.path == "/v1") root.path.clear();
  return root.url();
}

}  // namespace

nlohmann::ordered_json suite_report(const RunRecord& record) {
  const auto& options = record.options;
  const auto& result = record.result;
  const auto& c = result.counters;
  const auto per_s = [&](double count) { return result.per_s(count); };
  Json json;
  json["timestamp"] = utc_text_us(record.started_at_ns);
  json["target"] =
      record.target.empty() ? options.targets.front().address.to_string() : record.target;
  json["scenario"] = !record.scenario.empty() ? record.scenario
                     : record.sweep.empty()   ? "custom"
                                              : record.sweep;
  json["base_url"] = root_of(options.targets.front());
  json["model"] = options.models.front().name;
  Json results;
  results["total_requests"] = c.sent;
  results["successful"] = c.ok;
  results["failed"] = c.failed();
  results["success_rate"] =
      c.sent == 0 ? 0 : 100 * static_cast<double>(c.ok) / static_cast<double>(c.sent);
  results["ttft_ms"] = times(result.metrics[Metric::ttft], kMillisecond);
  results["tpot_ms"] = times(result.metrics[Metric::tpot_to_close], kMillisecond);
  results["latency_s"] = times(result.metrics[Metric::e2e], kSecond);
  results["throughput"] = {{"tokens_per_sec", per_s(result.output_lengths.sum())},
                           {"requests_per_sec", per_s(static_cast<double>(c.ok))}};
  results["mlperf_compliant"] = is_compliant(result);
  json["results"] = results;
  return json;
}

std::vector<OutputFile> render_suite(const RunRecord& record) {
  return {{"suite/results.json", suite_report(record).dump(2) + "\n"}};
}

}  // namespace hopcost::loadgen
