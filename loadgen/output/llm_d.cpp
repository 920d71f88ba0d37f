#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/random.hpp"
#include "common/version_text.hpp"
#include "loadgen/output/format.hpp"
#include "loadgen/output/levels.hpp"
#include "loadgen/output/statistics.hpp"
#include "loadgen/output/time_text.hpp"

namespace hopcost::loadgen {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::pair<std::string_view, double>, 11> kPercentiles{{{"p0p1", 0.001},
                                                                            {"p1", 0.01},
                                                                            {"p5", 0.05},
                                                                            {"p10", 0.1},
                                                                            {"p25", 0.25},
                                                                            {"p50", 0.5},
                                                                            {"p75", 0.75},
                                                                            {"p90", 0.9},
                                                                            {"p95", 0.95},
                                                                            {"p99", 0.99},
                                                                            {"p99p9", 0.999}}};

/// A percentile with fewer than ten samples beyond it is left out.
Json statistics(const Histogram& histogram, double unit, const char* units) {
  const Statistics values(histogram, unit);
  Json json{{"units", units},
            {"mean", values.mean()},
            {"stddev", values.deviation()},
            {"min", values.min()},
            {"max", values.max()}};
  for (const auto& [name, q] : kPercentiles) {
    const double beyond = std::min(q, 1 - q) * static_cast<double>(values.count());
    constexpr double kEnough = 10;
    if (beyond + 1e-9 >= kEnough) json[std::string(name)] = values.at(q);
  }
  return json;
}

void add(Json& json, const char* name, const Histogram& histogram, double unit, const char* units) {
  if (histogram.count() > 0) json[name] = statistics(histogram, unit, units);
}

std::string time_text(Nanos since_epoch_ns) {
  return utc_text_us(since_epoch_ns) + "Z";
}

/// A name in the form of a UUID, the same whenever the record is rendered.
std::string uid(std::uint64_t seed) {
  const auto high = Random::mix(seed);
  const auto low = Random::mix(seed ^ high);
  return fmt::format("{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}", high >> 32U, (high >> 16U) & 0xffffU,
                     high & 0xfffU, low >> 52U, low & 0xffffffffffffU);
}

Json length(const TokenLength& tokens, const Histogram& measured) {
  const Statistics values(measured);
  if (tokens.is_fixed() || measured.count() == 0) {
    return {{"distribution", "fixed"}, {"value", tokens.most()}};
  }
  return {{"distribution", "other"},
          {"value", values.mean()},
          {"std_dev", values.deviation()},
          {"min", values.min()},
          {"max", values.max()}};
}

Json scenario(const RunRecord& record, const StageResult& level, std::size_t stage) {
  const auto& options = record.options;
  const Json native{
      {"args", Json::object()}, {"envars", Json::object()}, {"config", Json::object()}};
  const auto metadata = [](const char* label) {
    Json json{{"schema_version", "0.0.1"}};
    if (label != nullptr) json["label"] = label;
    json["cfg_id"] = std::string(32, '0');
    return json;
  };
  Json load{{"tool", "hopcost-loadgen"},
            {"tool_version", version_text()},
            {"source", options.dataset.empty() ? "random" : "sampled"},
            {"stage", stage}};
  if (level.concurrency > 0) {
    load["concurrency"] = level.concurrency;
  } else {
    load["rate_qps"] = level.rate_per_s;
  }
  load["input_seq_len"] = length(options.prompt_tokens, level.measured.prompt_lengths);
  load["output_seq_len"] = length(options.output_tokens, level.measured.output_lengths);
  return {{"stack",
           {{{"metadata", metadata("target")},
             {"standardized",
              {{"kind", "generic"},
               {"tool", "openai-compatible"},
               {"tool_version", "unknown"},
               {"replicas", options.targets.size()}}},
             {"native", native}}}},
          {"load", {{"metadata", metadata(nullptr)}, {"standardized", load}, {"native", native}}}};
}

Json results(const Measurement& measured) {
  const auto& m = measured.metrics;
  const auto rate = [&](double count, const char* units) {
    return Json{{"units", units}, {"mean", measured.per_s(count)}};
  };
  Json requests{{"total", measured.counters.sent}, {"failures", measured.counters.failed()}};
  add(requests, "input_length", measured.prompt_lengths, 1, "count");
  add(requests, "output_length", measured.output_lengths, 1, "count");
  Json latency = Json::object();
  add(latency, "time_to_first_token", m[Metric::ttft], kMillisecond, "ms");
  add(latency, "request_latency", m[Metric::e2e], kMillisecond, "ms");
  add(latency, "time_per_output_token", m[Metric::tpot], kMillisecond, "ms/token");
  add(latency, "normalized_time_per_output_token", m[Metric::ntpot], kMillisecond, "ms/token");
  add(latency, "inter_token_latency", m[Metric::chunk_gap], kMillisecond, "ms/token");
  const double input = measured.prompt_lengths.sum();
  const double output = measured.output_lengths.sum();
  return {
      {"request_performance",
       {{"aggregate",
         {{"requests", requests},
          {"latency", latency},
          {"throughput",
           {{"input_token_rate", rate(input, "tokens/s")},
            {"output_token_rate", rate(output, "tokens/s")},
            {"total_token_rate", rate(input + output, "tokens/s")},
            {"request_rate", rate(static_cast<double>(measured.counters.ok), "queries/s")}}}}}}}};
}

}  // namespace

std::vector<OutputFile> render_llm_d(const RunRecord& record) {
  const auto levels = levels_of(record);
  const auto seed = static_cast<std::uint64_t>(record.started_at_ns);
  std::vector<OutputFile> files;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    const auto& measured = levels[i].measured;
    const Nanos start = epoch_of(record, measured.start_ns);
    const Json json{
        {"version", "0.2.1"},
        {"run",
         {{"uid", uid(seed + i + 1)},
          {"eid", uid(seed)},
          {"time",
           {{"start", time_text(start)},
            {"end", time_text(start + measured.measured_ns)},
            {"duration",
             fmt::format("PT{}S", static_cast<double>(measured.measured_ns) / kSecond)}}},
          {"description", fmt::format("{} {}", record.options.targets.front().address.to_string(),
                                      levels[i].name())}}},
        {"scenario", scenario(record, levels[i], i)},
        {"results", results(measured)}};
    files.push_back({fmt::format("llm-d/benchmark_report_v0.2,_stage_{}.yaml", i),
                     yaml_text(json.dump(1)) + "\n"});
  }
  return files;
}

}  // namespace hopcost::loadgen
