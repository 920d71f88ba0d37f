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

/// By the sample's p95 alone, as the suite does, whatever percentile a target names: the targets of
/// --slo, else those of mlperf-interactive.
bool is_compliant(const RunRecord& record) {
  constexpr double kQuantile = 0.95;
  ServiceLevel level;
  level.targets = record.options.service_level.targets;
  if (level.targets.empty() && !add_service_level("mlperf-interactive", level)) return false;
  for (const auto& target : level.targets) {
    const auto& name = target.figure.name();
    if (!name.starts_with("ttft.") && !name.starts_with("tpot.")) continue;
    const auto metric = name.starts_with("ttft.") ? Metric::ttft : Metric::tpot_to_close;
    const auto& histogram = record.result.metrics[metric];
    if (histogram.count() == 0) return false;
    if (!target.is_true_of(histogram.quantile(kQuantile).value_or(0))) return false;
  }
  return true;
}

}  // namespace

std::vector<OutputFile> render_suite(const RunRecord& record) {
  const auto& options = record.options;
  const auto& result = record.result;
  const auto& c = result.counters;
  const auto per_s = [&](double count) { return result.per_s(count); };
  Json json;
  json["timestamp"] = utc_text_us(record.started_at_ns);
  json["target"] = options.targets.front().address.to_string();
  json["scenario"] = record.sweep.empty() ? "custom" : record.sweep;
  json["base_url"] = options.targets.front().url();
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
  results["mlperf_compliant"] = is_compliant(record);
  json["results"] = results;
  return {{"suite/results.json", json.dump(2) + "\n"}};
}

}  // namespace hopcost::loadgen
