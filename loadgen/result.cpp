#include "loadgen/result.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <nlohmann/json.hpp>

namespace hopcost::loadgen {
namespace {

nlohmann::json optional_number(std::optional<double> value) {
  return value ? nlohmann::json(*value) : nlohmann::json(nullptr);
}

nlohmann::json summary(const Histogram& histogram) {
  auto json = histogram.to_json();
  json["p50"] = optional_number(histogram.quantile_if_supported(0.50));
  json["p90"] = optional_number(histogram.quantile_if_supported(0.90));
  json["p95"] = optional_number(histogram.quantile_if_supported(0.95));
  json["p99"] = optional_number(histogram.quantile_if_supported(0.99));
  return json;
}

/// Infinite is a text: JSON has no such number.
nlohmann::json error_adjusted(const RunResult& result, Metric metric) {
  nlohmann::json json;
  for (const auto& [name, q] :
       {std::pair{"p50", 0.50}, {"p90", 0.90}, {"p95", 0.95}, {"p99", 0.99}}) {
    const auto ns = result.error_adjusted(metric, q);
    json[name] = ns && std::isinf(*ns) ? nlohmann::json("infinite") : optional_number(ns);
  }
  return json;
}

double per_second(std::uint64_t count, Nanos length) {
  return length <= 0 ? 0.0
                     : static_cast<double>(count) * static_cast<double>(kSecond) /
                           static_cast<double>(length);
}

}  // namespace

void Counters::merge(const Counters& other) {
  sent += other.sent;
  ok += other.ok;
  unsent += other.unsent;
  completed_in_window += other.completed_in_window;
  chunks += other.chunks;
  output_tokens += other.output_tokens;
  prompt_tokens += other.prompt_tokens;
  prompt_mismatches += other.prompt_mismatches;
  output_mismatches += other.output_mismatches;
  stamped += other.stamped;
  missing_done += other.missing_done;
  merged_chunks += other.merged_chunks;
  timely_reads += other.timely_reads;
  timely_events += other.timely_events;
  connections += other.connections;
  requests_total += other.requests_total;
  bytes_read += other.bytes_read;
  for (std::size_t i = 0; i < kFailures; ++i) failures[i] += other.failures[i];
}

double RunResult::requests_per_s() const {
  return per_second(counters.completed_in_window, measured_ns);
}

double RunResult::chunks_per_s() const {
  return per_second(counters.chunks, measured_ns);
}

double RunResult::output_tokens_per_s() const {
  return per_second(counters.output_tokens, measured_ns);
}

double RunResult::events_per_read() const {
  return counters.timely_reads == 0 ? 0.0
                                    : static_cast<double>(counters.timely_events) /
                                          static_cast<double>(counters.timely_reads);
}

double RunResult::error_share() const {
  return counters.sent == 0
             ? 0.0
             : static_cast<double>(counters.failed()) / static_cast<double>(counters.sent);
}

std::optional<double> RunResult::error_adjusted(Metric metric, double q) const {
  constexpr double kBeyond = 10;
  const auto& histogram = metrics[metric];
  const auto right = static_cast<double>(histogram.count());
  const double all = right + static_cast<double>(counters.failed());
  if (all * (1 - q) < kBeyond) return {};
  const double rank = q * (all - 1);
  if (rank > right - 1) return std::numeric_limits<double>::infinity();
  return histogram.quantile(right > 1 ? rank / (right - 1) : 0);
}

void RunResult::merge(const RunResult& other) {
  start_ns = start_ns == 0 ? other.start_ns : std::min(start_ns, other.start_ns);
  measured_ns = std::max(measured_ns, other.measured_ns);
  counters.merge(other.counters);
  metrics.merge(other.metrics);
  attainment.merge(other.attainment);
  generator_busy_share = std::max(generator_busy_share, other.generator_busy_share);
  generator_cpu_ns += other.generator_cpu_ns;
  cut_short = cut_short || other.cut_short;
  for (std::size_t i = 0; i < kFailures; ++i) {
    if (failure_samples[i].empty()) failure_samples[i] = other.failure_samples[i];
  }
}

nlohmann::json to_json(const RunResult& result) {
  const auto& c = result.counters;
  nlohmann::json failures = nlohmann::json::object();
  for (std::size_t i = 1; i < kFailures; ++i) {
    if (c.failures[i] == 0) continue;
    failures[std::string(kFailureNames[i])] = {{"count", c.failures[i]},
                                               {"first", result.failure_samples[i]}};
  }
  nlohmann::json metrics = nlohmann::json::object();
  for (std::size_t i = 0; i < kMetrics; ++i) {
    const auto& histogram = result.metrics[static_cast<Metric>(i)];
    if (histogram.count() > 0) metrics[std::string(kMetricNames[i])] = summary(histogram);
  }
  if (c.failed() > 0) {
    for (const auto metric : kErrorAdjusted) {
      if (result.metrics[metric].count() == 0) continue;
      metrics[std::string(metric_name(metric))]["error_adjusted"] = error_adjusted(result, metric);
    }
  }
  return {
      {"start_ns", result.start_ns},
      {"measured_ns", result.measured_ns},
      {"cut_short", result.cut_short},
      {"offered_per_s", result.offered_per_s},
      {"requests_per_s", result.requests_per_s()},
      {"chunks_per_s", result.chunks_per_s()},
      {"output_tokens_per_s", result.output_tokens_per_s()},
      {"events_per_read", result.events_per_read()},
      {"generator",
       {{"busy_share", result.generator_busy_share}, {"cpu_ns", result.generator_cpu_ns}}},
      {"counters",
       {{"sent", c.sent},
        {"ok", c.ok},
        {"failed", c.failed()},
        {"unsent", c.unsent},
        {"completed_in_window", c.completed_in_window},
        {"chunks", c.chunks},
        {"output_tokens", c.output_tokens},
        {"prompt_tokens", c.prompt_tokens},
        {"prompt_mismatches", c.prompt_mismatches},
        {"output_mismatches", c.output_mismatches},
        {"stamped", c.stamped},
        {"missing_done", c.missing_done},
        {"merged_chunks", c.merged_chunks},
        {"connections", c.connections},
        {"requests_total", c.requests_total},
        {"bytes_read", c.bytes_read}}},
      {"failures", failures},
      {"metrics_ns", metrics},
  };
}

}  // namespace hopcost::loadgen
