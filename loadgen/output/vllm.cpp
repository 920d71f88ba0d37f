#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "loadgen/output/format.hpp"
#include "loadgen/output/levels.hpp"
#include "loadgen/output/statistics.hpp"
#include "loadgen/output/time_text.hpp"

namespace hopcost::loadgen {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::pair<std::string_view, double>, 10> kPercentiles{{{"p1", 0.01},
                                                                            {"p5", 0.05},
                                                                            {"p10", 0.1},
                                                                            {"p25", 0.25},
                                                                            {"p50", 0.5},
                                                                            {"p75", 0.75},
                                                                            {"p90", 0.9},
                                                                            {"p95", 0.95},
                                                                            {"p99", 0.99},
                                                                            {"p99.9", 0.999}}};

void add_metric(Json& json, std::string_view name, const Histogram& ns) {
  const Statistics ms(ns, kMillisecond);
  json[fmt::format("mean_{}_ms", name)] = ms.mean();
  json[fmt::format("median_{}_ms", name)] = ms.at(0.5);
  json[fmt::format("std_{}_ms", name)] = ms.deviation();
  for (const auto& [percentile, q] : kPercentiles) {
    json[fmt::format("{}_{}_ms", percentile, name)] = ms.at(q);
  }
}

double most_tokens_a_second(const StageResult& level) {
  std::uint64_t most = 0;
  for (const auto& second : level.seconds) most = std::max(most, second.output_tokens);
  return static_cast<double>(most);
}

int most_in_flight(const StageResult& level) {
  if (level.concurrency > 0) return level.concurrency;
  double most = 0;
  for (const auto& second : level.seconds) most = std::max(most, second.in_flight);
  return static_cast<int>(std::ceil(most));
}

Json run_json(const RunRecord& record, const StageResult& level) {
  const auto& options = record.options;
  const auto& measured = level.measured;
  const auto& c = measured.counters;
  const bool open = level.concurrency == 0;
  const auto per_s = [&](double count) { return measured.per_s(count); };
  const double input = measured.prompt_lengths.sum();
  const double output = measured.output_lengths.sum();
  const auto* backend = options.api == Api::chat ? "openai-chat" : "openai";
  Json json;
  json["date"] = utc_stamp(epoch_of(record, measured.start_ns));
  json["endpoint_type"] = backend;
  json["backend"] = backend;
  json["label"] = nullptr;
  json["model_id"] = options.models.front().name;
  json["tokenizer_id"] =
      record.options.tokenizer.empty() ? Json(nullptr) : Json(record.options.tokenizer);
  json["num_prompts"] = c.sent;
  json["request_rate"] = open ? Json(level.rate_per_s) : Json("inf");
  json["burstiness"] =
      options.arrival.kind == Arrival::Kind::gamma ? options.arrival.burstiness : 1.0;
  json["max_concurrency"] = open ? options.max_in_flight : level.concurrency;
  json["duration"] = measured.length_s();
  json["completed"] = c.ok;
  json["failed"] = c.failed();
  json["total_input_tokens"] = static_cast<std::uint64_t>(input);
  json["total_output_tokens"] = static_cast<std::uint64_t>(output);
  json["request_throughput"] = per_s(static_cast<double>(c.ok));
  json["request_goodput"] = options.service_level.objectives.empty()
                                ? Json(nullptr)
                                : Json(per_s(static_cast<double>(measured.attainment.all)));
  json["output_throughput"] = per_s(output);
  json["total_token_throughput"] = per_s(input + output);
  json["max_output_tokens_per_s"] = most_tokens_a_second(level);
  json["max_concurrent_requests"] = most_in_flight(level);
  json["rtfx"] = 0.0;
  // Its itl spans the time from the first event with choices to the first token too.
  Histogram itl = measured.metrics[Metric::chunk_gap];
  itl.merge(measured.metrics[Metric::first_gap]);
  add_metric(json, "ttft", measured.metrics[Metric::ttfc]);
  add_metric(json, "tpot", measured.metrics[Metric::tpot_from_choices]);
  add_metric(json, "itl", itl);
  const bool stream = measured.metrics[Metric::last_content].count() > 0;
  add_metric(json, "e2el", measured.metrics[stream ? Metric::last_content : Metric::e2e]);
  add_metric(json, "client_queue_time", measured.metrics[Metric::lateness]);
  if (open) {
    add_metric(json, "e2el_including_client_queue", measured.metrics[Metric::e2e_from_intended]);
  }
  return json;
}

}  // namespace

std::vector<OutputFile> render_vllm(const RunRecord& record) {
  std::string text;
  for (const auto& level : levels_of(record)) text += run_json(record, level).dump() + "\n";
  return {{"vllm/vllm-bench.json", text}};
}

}  // namespace hopcost::loadgen
