#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "loadgen/output/format.hpp"
#include "loadgen/output/levels.hpp"
#include "loadgen/output/statistics.hpp"

namespace hopcost::loadgen {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::pair<std::string_view, double>, 11> kPercentiles{{{"p0.1", 0.001},
                                                                            {"p1", 0.01},
                                                                            {"p5", 0.05},
                                                                            {"p10", 0.1},
                                                                            {"p25", 0.25},
                                                                            {"median", 0.5},
                                                                            {"p75", 0.75},
                                                                            {"p90", 0.9},
                                                                            {"p95", 0.95},
                                                                            {"p99", 0.99},
                                                                            {"p99.9", 0.999}}};

/// Null where nothing was recorded.
Json distribution(const Histogram& histogram, double unit) {
  if (histogram.count() == 0) return nullptr;
  const Statistics values(histogram, unit);
  Json json{{"mean", values.mean()}, {"min", values.min()}, {"max", values.max()}};
  for (const auto& [name, q] : kPercentiles) json[std::string(name)] = values.at(q);
  return json;
}

Json tokens(const Histogram& lengths) {
  auto json = distribution(lengths, 1);
  if (json.is_null()) json = Json::object();
  json["total"] = lengths.sum();
  return json;
}

Json prompt_tokens(const Measurement& measured) {
  auto json = tokens(measured.prompt_lengths);
  const auto cached = static_cast<double>(measured.counters.cached_tokens);
  json["cached"] = cached;
  json["uncached"] = measured.prompt_lengths.sum() - cached;
  return json;
}

Json goodput(const RunRecord& record, const Measurement& measured) {
  const auto& objectives = record.options.service_level.objectives;
  if (objectives.empty()) return nullptr;
  const auto ok = measured.counters.ok;
  const auto percent = [ok](std::uint64_t met) {
    return ok == 0 ? 0 : 100 * static_cast<double>(met) / static_cast<double>(ok);
  };
  const auto good = static_cast<double>(measured.attainment.all);
  Json json{{"goodput_percentage", percent(measured.attainment.all)},
            {"request_goodput", measured.per_s(good)},
            {"good_requests", measured.attainment.all},
            {"total_requests", ok}};
  for (std::size_t i = 0; i < objectives.size(); ++i) {
    const auto met = i < measured.attainment.each.size() ? measured.attainment.each[i] : 0;
    json[fmt::format("{}_attainment_percentage", metric_name(objectives[i].metric))] = percent(met);
  }
  return json;
}

Json successes(const RunRecord& record, const Measurement& measured) {
  const auto& m = measured.metrics;
  const auto per_s = [&](double count) { return measured.per_s(count); };
  const double input = measured.prompt_lengths.sum();
  const double output = measured.output_lengths.sum();
  return {{"count", measured.counters.ok},
          {"latency",
           {{"request_latency", distribution(m[Metric::e2e], kSecond)},
            {"normalized_time_per_output_token", distribution(m[Metric::ntpot], kSecond)},
            {"time_per_output_token", distribution(m[Metric::tpot], kSecond)},
            {"time_to_first_token", distribution(m[Metric::ttft], kSecond)},
            {"inter_token_latency", distribution(m[Metric::chunk_gap], kSecond)}}},
          {"throughput",
           {{"input_tokens_per_sec", per_s(input)},
            {"output_tokens_per_sec", per_s(output)},
            {"total_tokens_per_sec", per_s(input) + per_s(output)},
            {"requests_per_sec", per_s(static_cast<double>(measured.counters.ok))},
            {"images_per_sec", 0.0},
            {"videos_per_sec", 0.0},
            {"audios_per_sec", 0.0}}},
          {"request_size_bytes", nullptr},
          {"image", nullptr},
          {"video", nullptr},
          {"audio", nullptr},
          {"prompt_len", distribution(measured.prompt_lengths, 1)},
          {"prompt_tokens", prompt_tokens(measured)},
          {"output_len", distribution(measured.output_lengths, 1)},
          {"output_tokens", tokens(measured.output_lengths)},
          {"token_count_mismatches", measured.counters.prompt_mismatches},
          {"client_fallback_requests", {{"prompt", 0}, {"output", 0}}},
          {"goodput_metrics", goodput(record, measured)}};
}

Json failures(const Measurement& measured) {
  Json by_label = Json::object();
  for (std::size_t i = 1; i < kFailures; ++i) {
    const auto count = measured.counters.failures[i];
    if (count == 0) continue;
    by_label[std::string(kFailureNames[i])] = {
        {"count", count}, {"messages", {{{"message", measured.failure_samples[i]}}}}};
  }
  return {{"count", measured.counters.failed()},
          {"request_latency", distribution(measured.metrics[Metric::e2e_failed], kSecond)},
          {"prompt_tokens", nullptr},
          {"by_label", by_label}};
}

Json report(const RunRecord& record, const Measurement& measured) {
  return {{"benchmark_time_seconds", static_cast<double>(measured.measured_ns) / kSecond},
          {"load_summary",
           {{"count", measured.counters.sent},
            {"schedule_delay", distribution(measured.metrics[Metric::lateness], kSecond)}}},
          {"successes", successes(record, measured)},
          {"failures", failures(measured)}};
}

Json stage_report(const RunRecord& record, const StageResult& level) {
  auto json = report(record, level.measured);
  const double seconds = level.measured.length_s();
  const double achieved = level.measured.per_s(static_cast<double>(level.measured.counters.sent));
  auto& load = json["load_summary"];
  load["send_duration"] = seconds;
  load["requested_rate"] = level.concurrency > 0 ? achieved : level.rate_per_s;
  load["achieved_rate"] = achieved;
  if (level.concurrency > 0) load["concurrency"] = level.concurrency;
  return json;
}

Json request_json(const RunRecord& record, const RequestRow& row) {
  const auto at = [](Nanos time) { return static_cast<double>(time) / kSecond; };
  const Json usage{{"prompt_tokens", row.prompt_tokens},
                   {"completion_tokens", row.output_tokens},
                   {"total_tokens", row.prompt_tokens + row.output_tokens}};
  const bool ok = row.failure == Failure::none;
  Json times = Json::array();
  if (ok && record.options.stream && row.first_content != 0) {
    times = {at(row.first_content), at(row.last_content)};
  }
  return {{"start_time", at(row.send)},
          {"end_time", at(row.close)},
          {"request", ""},
          {"response", ""},
          {"info",
           {{"input_tokens", row.prompt_tokens},
            {"request_metrics", {{"text", {{"input_tokens", row.prompt_tokens}}}}},
            {"response_metrics", ok ? Json{{"output_tokens", row.output_tokens},
                                           {"server_usage", usage},
                                           {"response_chunks", Json::array()},
                                           {"chunk_times", times},
                                           {"output_token_times", times}}
                                    : Json(nullptr)}}},
          {"error", ok ? Json(nullptr)
                       : Json{{"error_type", kFailureNames[static_cast<std::size_t>(row.failure)]},
                              {"error_msg", row.message}}}};
}

/// What its own configuration would say of this run; JSON is YAML too.
Json config(const RunRecord& record, const std::vector<StageResult>& levels) {
  const auto& options = record.options;
  Json stages = Json::array();
  for (const auto& level : levels) {
    const auto seconds = static_cast<double>(level.measured.measured_ns) / kSecond;
    Json stage{{"duration", std::max(1L, std::lround(seconds))}};  // whole ones only
    if (level.concurrency > 0) {
      stage["concurrency_level"] = level.concurrency;
      stage["num_requests"] = level.measured.counters.sent;
    } else {
      stage["rate"] = level.rate_per_s;
    }
    stages.push_back(stage);
  }
  const bool open = levels.front().concurrency == 0;
  return {{"api",
           {{"type", options.api == Api::completions ? "completion" : "chat"},
            {"streaming", options.stream}}},
          {"load",
           {{"type", !open                                            ? "concurrent"
                     : options.arrival.kind == Arrival::Kind::poisson ? "poisson"
                                                                      : "constant"},
            {"stages", stages}}},
          {"server",
           {{"type", "vllm"},
            {"model_name", options.models.front().name},
            {"base_url", options.targets.front().url()}}}};
}

}  // namespace

std::vector<OutputFile> render_inference_perf(const RunRecord& record) {
  const std::string folder = "inference-perf/";
  const auto levels = levels_of(record);
  std::vector<OutputFile> files;
  files.push_back(
      {folder + "summary_lifecycle_metrics.json", report(record, record.result).dump(1) + "\n"});
  for (std::size_t i = 0; i < levels.size(); ++i) {
    files.push_back({fmt::format("{}stage_{}_lifecycle_metrics.json", folder, i),
                     stage_report(record, levels[i]).dump(1) + "\n"});
  }
  // Its validators want a record of every request or no such file.
  if (const auto rows = record.result.requests.rows();
      !rows.empty() && rows.size() == record.result.counters.sent) {
    Json requests = Json::array();
    for (const auto& row : rows) requests.push_back(request_json(record, row));
    files.push_back({folder + "per_request_lifecycle_metrics.json",
                     requests.dump(1, ' ', false, Json::error_handler_t::replace) + "\n"});
  }
  files.push_back({folder + "config.yaml", yaml_text(config(record, levels).dump(1)) + "\n"});
  return files;
}

}  // namespace hopcost::loadgen
