#include <array>
#include <iterator>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "loadgen/output/format.hpp"
#include "loadgen/output/levels.hpp"
#include "loadgen/output/statistics.hpp"

namespace hopcost::loadgen {
namespace {

using Json = nlohmann::ordered_json;

struct RecordMetric {
  std::string_view key;
  std::string_view title;
  std::string_view unit;
  Statistics values;
};

struct Aggregate {
  std::string_view key;
  std::string_view title;
  std::string_view unit;
  double value;
};

constexpr std::array<std::pair<std::string_view, double>, 9> kPercentiles{{{"p1", 0.01},
                                                                           {"p5", 0.05},
                                                                           {"p10", 0.1},
                                                                           {"p25", 0.25},
                                                                           {"p50", 0.5},
                                                                           {"p75", 0.75},
                                                                           {"p90", 0.9},
                                                                           {"p95", 0.95},
                                                                           {"p99", 0.99}}};

std::vector<RecordMetric> metrics_of(const RunResult& result) {
  const auto ms = [&](Metric metric) { return Statistics(result.metrics[metric], kMillisecond); };
  std::vector<RecordMetric> all{
      {"request_latency", "Request Latency", "ms", ms(Metric::e2e)},
      {"time_to_first_token", "Time to First Token", "ms", ms(Metric::ttft)},
      {"inter_token_latency", "Inter Token Latency", "ms", ms(Metric::tpot_to_close)},
      {"inter_chunk_latency", "Inter Chunk Latency", "ms", ms(Metric::chunk_gap)},
      {"effective_latency", "Effective Latency", "ms", ms(Metric::e2e_from_intended)},
      {"output_sequence_length", "Output Sequence Length", "tokens",
       Statistics(result.output_lengths)},
      {"input_sequence_length", "Input Sequence Length", "tokens",
       Statistics(result.prompt_lengths)}};
  std::erase_if(all, [](const RecordMetric& metric) { return metric.values.count() == 0; });
  return all;
}

std::vector<Aggregate> aggregates_of(const RunRecord& record) {
  const auto& result = record.result;
  const auto& c = result.counters;
  const auto per_s = [&](double count) { return result.per_s(count); };
  std::vector<Aggregate> all{
      {"request_throughput", "Request Throughput", "requests/sec",
       per_s(static_cast<double>(c.ok))},
      {"output_token_throughput", "Output Token Throughput", "tokens/sec",
       per_s(result.output_lengths.sum())},
      {"total_token_throughput", "Total Token Throughput", "tokens/sec",
       per_s(result.output_lengths.sum() + result.prompt_lengths.sum())},
      {"request_count", "Request Count", "requests", static_cast<double>(c.ok)},
      {"error_request_count", "Error Request Count", "requests", static_cast<double>(c.failed())},
      {"benchmark_duration", "Benchmark Duration", "sec", result.length_s()}};
  if (!record.options.service_level.objectives.empty()) {
    all.push_back(
        {"goodput", "Goodput", "requests/sec", per_s(static_cast<double>(result.attainment.all))});
  }
  return all;
}

Json summary_json(const RunRecord& record) {
  Json json{{"schema_version", "1.4"},
            {"aiperf_version", "0.13.0"},
            {"benchmark_id", fmt::format("{:012x}", record.started_at_ns / kMillisecond)}};
  for (const auto& metric : metrics_of(record.result)) {
    Json values{{"unit", metric.unit}, {"avg", metric.values.mean()}};
    for (const auto& [name, q] : kPercentiles) values[std::string(name)] = metric.values.at(q);
    values["min"] = metric.values.min();
    values["max"] = metric.values.max();
    values["std"] = metric.values.deviation();
    values["count"] = metric.values.count();
    values["sum"] = metric.values.sum();
    json[std::string(metric.key)] = values;
  }
  for (const auto& aggregate : aggregates_of(record)) {
    json[std::string(aggregate.key)] = {{"unit", aggregate.unit}, {"avg", aggregate.value}};
  }
  json["was_cancelled"] = record.result.cut_short;
  json["error_summary"] = Json::array();
  for (std::size_t i = 1; i < kFailures; ++i) {
    const auto count = record.result.counters.failures[i];
    if (count == 0) continue;
    json["error_summary"].push_back({{"error_details",
                                      {{"code", nullptr},
                                       {"type", kFailureNames[i]},
                                       {"message", record.result.failure_samples[i]}}},
                                     {"count", count}});
  }
  return json;
}

std::string summary_csv(const RunRecord& record) {
  std::string out = "Metric,avg,min,max,sum,p1,p5,p10,p25,p50,p75,p90,p95,p99,std\n";
  auto put = std::back_inserter(out);
  for (const auto& metric : metrics_of(record.result)) {
    const auto& values = metric.values;
    fmt::format_to(put, "{} ({}),{:.2f},{:.2f},{:.2f},{:.2f}", metric.title, metric.unit,
                   values.mean(), values.min(), values.max(), values.sum());
    for (const auto& percentile : kPercentiles) {
      fmt::format_to(put, ",{:.2f}", values.at(percentile.second));
    }
    fmt::format_to(put, ",{:.2f}\n", values.deviation());
  }
  out += "\nMetric,Value\n";
  for (const auto& aggregate : aggregates_of(record)) {
    const bool plain = aggregate.unit == "requests";
    fmt::format_to(put, "{}{},{:.2f}\n", aggregate.title,
                   plain ? "" : fmt::format(" ({})", aggregate.unit), aggregate.value);
  }
  return out;
}

Json request_json(const RunRecord& record, const RequestRow& row, std::size_t number) {
  const auto at = [&](Nanos monotonic) { return epoch_of(record, monotonic); };
  Json json{{"metadata",
             {{"session_num", number},
              {"x_request_id", fmt::format("{:08}", row.number)},
              {"turn_index", 0},
              {"credit_issued_ns", at(row.intended)},
              {"request_start_ns", at(row.send)},
              {"request_end_ns", at(row.close)},
              {"worker_id", "loadgen"},
              {"record_processor_id", "loadgen"},
              {"benchmark_phase", "profiling"},
              {"was_cancelled", false}}}};
  Json metrics = Json::object();
  const auto add = [&metrics](const char* name, double value, const char* unit) {
    metrics[name] = {{"value", value}, {"unit", unit}};
  };
  const auto ms = [](Nanos time) { return static_cast<double>(time) / kMillisecond; };
  if (row.failure == Failure::none) {
    add("request_latency", ms(row.close - row.send), "ms");
    if (record.options.stream && row.first_content != 0) {
      add("time_to_first_token", ms(row.first_content - row.send), "ms");
    }
    if (record.options.stream && row.output_tokens > 1) {
      add("inter_token_latency",
          ms(row.close - row.first_content) / static_cast<double>(row.output_tokens - 1), "ms");
    }
    add("output_sequence_length", static_cast<double>(row.output_tokens), "tokens");
    add("input_sequence_length", static_cast<double>(row.prompt_tokens), "tokens");
  } else {
    add("error_isl", static_cast<double>(row.prompt_asked), "tokens");
  }
  json["metrics"] = metrics;
  json["error"] = row.failure == Failure::none
                      ? Json(nullptr)
                      : Json{{"code", row.status == 0 ? Json(nullptr) : Json(row.status)},
                             {"type", kFailureNames[static_cast<std::size_t>(row.failure)]},
                             {"message", row.message}};
  return json;
}

}  // namespace

std::vector<OutputFile> render_aiperf(const RunRecord& record) {
  std::string lines;
  std::size_t number = 0;
  for (const auto& row : record.result.requests.rows()) {
    lines +=
        request_json(record, row, ++number).dump(-1, ' ', false, Json::error_handler_t::replace) +
        "\n";
  }
  return {{"aiperf/profile_export_aiperf.json", summary_json(record).dump(1) + "\n"},
          {"aiperf/profile_export_aiperf.csv", summary_csv(record)},
          {"aiperf/profile_export.jsonl", lines}};
}

}  // namespace hopcost::loadgen
