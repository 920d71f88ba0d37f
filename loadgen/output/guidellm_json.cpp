#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "loadgen/output/guidellm.hpp"
#include "loadgen/output/levels.hpp"
#include "loadgen/output/statistics.hpp"

namespace hopcost::loadgen {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::pair<std::string_view, double>, 11> kPercentiles{{{"p001", 0.001},
                                                                            {"p01", 0.01},
                                                                            {"p05", 0.05},
                                                                            {"p10", 0.1},
                                                                            {"p25", 0.25},
                                                                            {"p50", 0.5},
                                                                            {"p75", 0.75},
                                                                            {"p90", 0.9},
                                                                            {"p95", 0.95},
                                                                            {"p99", 0.99},
                                                                            {"p999", 0.999}}};

constexpr std::size_t kMostRequests = 1'000;

/// Numbers everywhere: its readers die on null.
Json distribution(const Histogram& histogram, double unit) {
  const Statistics values(histogram, unit);
  Json json{{"mean", values.mean()},         {"median", values.at(0.5)},
            {"mode", values.at(0.5)},        {"variance", values.deviation() * values.deviation()},
            {"std_dev", values.deviation()}, {"min", values.min()},
            {"max", values.max()},           {"count", values.count()},
            {"total_sum", values.sum()},     {"pdf", nullptr}};
  for (const auto& [name, q] : kPercentiles) json["percentiles"][std::string(name)] = values.at(q);
  return json;
}

Json by_state(const Histogram& successful, const Histogram& errored, double unit) {
  Histogram total = successful;
  total.merge(errored);
  return {{"successful", distribution(successful, unit)},
          {"errored", distribution(errored, unit)},
          {"incomplete", distribution({}, unit)},
          {"total", distribution(total, unit)}};
}

Json of_successful(const Histogram& successful, double unit) {
  return by_state(successful, {}, unit);
}

/// A figure of the level as a whole: the only value of its distribution.
Json single(double value) {
  Json one{{"mean", value},   {"median", value}, {"mode", value},
           {"variance", 0.0}, {"std_dev", 0.0},  {"min", value},
           {"max", value},    {"count", 1},      {"total_sum", value}};
  one["pdf"] = nullptr;
  for (const auto& percentile : kPercentiles) {
    one["percentiles"][std::string(percentile.first)] = value;
  }
  auto json = of_successful({}, 1);
  json["successful"] = json["total"] = one;
  return json;
}

Json totals(const Counters& counters) {
  return {{"successful", counters.ok},
          {"errored", counters.failed()},
          {"incomplete", 0},
          {"total", counters.sent}};
}

Histogram sums(const Histogram& prompt, const Histogram& output) {
  // Lengths of one reply are not kept together: where one of them is always the same, its sum is
  // exact.
  Histogram sum;
  const bool fixed_prompt = prompt.min() == prompt.max();
  const Histogram& varying = fixed_prompt ? output : prompt;
  const double other = fixed_prompt ? prompt.mean() : output.mean();
  for (const auto& [lower, width, count] :
       varying.to_json()["buckets"].get<std::vector<std::array<std::uint64_t, 3>>>()) {
    sum.record(static_cast<std::int64_t>(static_cast<double>(lower) + other), count);
  }
  return sum;
}

Json metrics_json(const StageResult& level) {
  const auto& measured = level.measured;
  const auto& m = measured.metrics;
  const auto per_s = [&](double count) { return measured.per_s(count); };
  const double input = measured.prompt_lengths.sum();
  const double output = measured.output_lengths.sum();
  const auto chunks_a_reply = [&] {
    Histogram chunks;
    if (measured.counters.chunks > 0 && measured.counters.ok > 0) {
      chunks.record(static_cast<std::int64_t>(measured.counters.chunks / measured.counters.ok),
                    measured.counters.ok);
    }
    return chunks;
  }();
  const double iterations = static_cast<double>(measured.counters.chunks);
  const double per_iteration = iterations > 0 ? output / iterations : 0;
  Json json;
  json["request_totals"] = totals(measured.counters);
  json["requests_per_second"] = single(per_s(static_cast<double>(measured.counters.ok)));
  json["request_concurrency"] = single(mean_in_flight(level));
  json["request_latency"] = by_state(m[Metric::e2e], m[Metric::e2e_failed], kSecond);
  json["request_dispatch_delay"] = of_successful(m[Metric::lateness], kSecond);
  json["request_scheduled_latency"] = of_successful(m[Metric::e2e_from_intended], kSecond);
  json["request_streaming_iterations_count"] = of_successful(chunks_a_reply, 1);
  json["prompt_token_count"] = of_successful(measured.prompt_lengths, 1);
  json["output_token_count"] = of_successful(measured.output_lengths, 1);
  json["total_token_count"] =
      of_successful(sums(measured.prompt_lengths, measured.output_lengths), 1);
  json["time_to_first_token_ms"] = of_successful(m[Metric::ttft], kMillisecond);
  json["time_to_first_output_token_ms"] = of_successful(m[Metric::ttft], kMillisecond);
  json["time_per_output_token_ms"] = of_successful(m[Metric::tpot_from_send], kMillisecond);
  json["inter_token_latency_ms"] = of_successful(m[Metric::tpot], kMillisecond);
  json["time_to_last_round_trip_ms"] = of_successful(m[Metric::e2e], kMillisecond);
  json["avg_round_trip_time_ms"] = of_successful(m[Metric::e2e], kMillisecond);
  json["prompt_tokens_per_second"] = single(per_s(input));
  json["output_tokens_per_second"] = single(per_s(output));
  json["tokens_per_second"] = single(per_s(input + output));
  json["output_tokens_per_iteration"] = single(per_iteration);
  json["iter_tokens_per_iteration"] = single(per_iteration);
  json["text"] = {{"tokens", nullptr}, {"words", nullptr}, {"characters", nullptr}};
  json["image"] = {
      {"tokens", nullptr}, {"images", nullptr}, {"pixels", nullptr}, {"bytes", nullptr}};
  json["video"] = {
      {"tokens", nullptr}, {"frames", nullptr}, {"seconds", nullptr}, {"bytes", nullptr}};
  json["audio"] = {
      {"tokens", nullptr}, {"samples", nullptr}, {"seconds", nullptr}, {"bytes", nullptr}};
  json["tool_call"] = {{"tokens", nullptr}, {"mixed_tokens", nullptr}, {"count", nullptr}};
  return json;
}

const char* open_kind(const RunRecord& record) {
  return record.options.arrival.kind == Arrival::Kind::poisson ? "poisson" : "constant";
}

Json strategy_json(const RunRecord& record, const StageResult& level) {
  if (level.concurrency > 0) {
    return {{"type_", "concurrent"}, {"kind", "concurrent"}, {"streams", level.concurrency}};
  }
  const auto* kind = open_kind(record);
  return {{"type_", kind}, {"kind", kind}, {"rate", level.rate_per_s}};
}

/// Users alone, rates alone, or as its sweep has them: first users, then rates between what they
/// reach.
Json profile_json(const RunRecord& record, const std::vector<StageResult>& levels) {
  const auto is_open = [](const StageResult& level) { return level.concurrency == 0; };
  const bool open = std::ranges::all_of(levels, is_open);
  if (!open && std::ranges::any_of(levels, is_open)) {
    return {{"kind", "sweep"}, {"sweep_size", levels.size()}, {"strategy_type", open_kind(record)}};
  }
  Json values = Json::array();
  for (const auto& level : levels) {
    values.push_back(open ? Json(level.rate_per_s) : Json(level.concurrency));
  }
  return open ? Json{{"kind", open_kind(record)}, {"rate", values}}
              : Json{{"kind", "concurrent"}, {"streams", values}};
}

Json backend_json(const RunRecord& record) {
  return {{"kind", "openai_http"},
          {"target", record.options.targets.front().url()},
          {"model", record.options.models.front().name}};
}

double epoch_s(const RunRecord& record, Nanos monotonic_ns) {
  return static_cast<double>(epoch_of(record, monotonic_ns)) / kSecond;
}

Json requests_json(const RunRecord& record, std::size_t index) {
  Json json{
      {"successful", Json::array()}, {"errored", Json::array()}, {"incomplete", Json::array()}};
  json["total"] = nullptr;
  const auto rows = rows_of(record, index);
  const std::size_t step = rows.size() / kMostRequests + 1;  // spread over the level's time
  for (std::size_t i = 0; i < rows.size(); i += step) {
    const auto& row = rows[i];
    const bool ok = row.failure == Failure::none;
    const auto at = [&](Nanos time) {
      return time == 0 ? Json(nullptr) : Json(epoch_s(record, time));
    };
    Json entry{{"request_id", fmt::format("{:08}", row.number)}};
    entry["info"] = {{"request_id", fmt::format("{:08}", row.number)},
                     {"status", ok ? "completed" : "errored"},
                     {"error", ok ? Json(nullptr) : Json(row.message)},
                     {"timings",
                      {{"targeted_start", at(row.intended)},
                       {"request_start", at(row.send)},
                       {"first_token_iteration", at(row.first_content)},
                       {"last_token_iteration", at(row.last_content)},
                       {"request_end", at(row.close)},
                       {"resolve_end", at(row.close)}}}};
    entry["input_metrics"] = {{"text_tokens", row.prompt_tokens}};
    entry["output_metrics"] = {{"text_tokens", row.output_tokens}};
    json[ok ? "successful" : "errored"].push_back(entry);
  }
  return json;
}

Json scheduler_metrics_json(const RunRecord& record, const StageResult& level) {
  const auto& measured = level.measured;
  const double start = epoch_s(record, measured.start_ns);
  const double end = epoch_s(record, measured.start_ns + measured.measured_ns);
  Json json;
  for (const auto* name : {"start_time", "request_start_time", "measure_start_time"}) {
    json[name] = start;
  }
  for (const auto* name : {"measure_end_time", "request_end_time", "end_time"}) json[name] = end;
  json["requests_made"] = totals(measured.counters);
  for (const auto* name :
       {"queued_time_avg", "resolve_start_delay_avg", "resolve_targeted_start_delay_avg",
        "request_start_delay_avg", "resolve_end_delay_avg", "resolve_time_avg",
        "finalized_delay_avg", "processed_delay_avg"}) {
    json[name] = 0;
  }
  json["request_targeted_start_delay_avg"] =
      measured.metrics[Metric::lateness].mean() / static_cast<double>(kSecond);
  json["request_time_avg"] = measured.metrics[Metric::e2e].mean() / static_cast<double>(kSecond);
  return json;
}

Json benchmark_json(const RunRecord& record, const std::vector<StageResult>& levels,
                    std::size_t index) {
  const auto& level = levels[index];
  const auto& counters = level.measured.counters;
  const double start = epoch_s(record, level.measured.start_ns);
  const double seconds = level.measured.length_s();
  Json json{{"type_", "generative_benchmark"}};
  json["config"] = {{"run_id", fmt::format("{:032x}", record.started_at_ns)},
                    {"run_index", index},
                    {"strategy", strategy_json(record, level)},
                    {"constraints", Json::object()},
                    {"profile", profile_json(record, levels)},
                    {"requests", Json::object()},
                    {"backend", backend_json(record)},
                    {"environment", Json::object()}};
  json["scheduler_state"] = {{"node_id", 0},
                             {"num_processes", 1},
                             {"start_time", start},
                             {"end_time", start + seconds},
                             {"created_requests", counters.sent},
                             {"processed_requests", counters.sent},
                             {"successful_requests", counters.ok},
                             {"errored_requests", counters.failed()},
                             {"cancelled_requests", 0}};
  json["scheduler_metrics"] = scheduler_metrics_json(record, level);
  json["metrics"] = metrics_json(level);
  json["requests"] = requests_json(record, index);
  json["start_time"] = start;
  json["end_time"] = start + seconds;
  json["duration"] = seconds;
  json["warmup_duration"] = static_cast<double>(record.options.warmup) / kSecond;
  json["cooldown_duration"] = static_cast<double>(record.options.cooldown) / kSecond;
  return json;
}

}  // namespace

std::string guidellm_json(const RunRecord& record) {
  const auto levels = levels_of(record);
  Json json;
  json["metadata"] = {{"version", 2},
                      {"guidellm_version", "0.8.1"},
                      {"python_version", "n/a"},
                      {"platform", "hopcost-loadgen"}};
  json["config"]["metadata"]["labels"] = Json::object();
  json["config"]["spec"] = {{"backend", backend_json(record)},
                            {"profile", profile_json(record, levels)},
                            {"data",
                             {{{"kind", "synthetic_text"},
                               {"prompt_tokens", record.options.prompt_tokens.most()},
                               {"output_tokens", record.options.output_tokens.most()}}}}};
  json["benchmarks"] = Json::array();
  for (std::size_t i = 0; i < levels.size(); ++i) {
    json["benchmarks"].push_back(benchmark_json(record, levels, i));
  }
  json["conclusions"] = Json::array();
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace hopcost::loadgen
