#include "overhead/harness/tool_forms.hpp"

#include <algorithm>
#include <string_view>

#include <nlohmann/json.hpp>

namespace hopcost::overhead {
namespace {

using Json = nlohmann::json;

/// The number at that key; nothing where there is none.
std::optional<double> number(const Json& json, const char* key) {
  if (!json.is_object()) return std::nullopt;
  const auto found = json.find(key);
  return found != json.end() && found->is_number() ? std::optional(found->get<double>())
                                                   : std::nullopt;
}

std::optional<double> scaled(std::optional<double> value, double unit) {
  if (value) *value *= unit;
  return value;
}

const Json& member(const Json& json, const char* key) {
  static const Json kNothing;
  if (!json.is_object()) return kNothing;
  const auto found = json.find(key);
  return found == json.end() ? kNothing : *found;
}

std::vector<double> numbers(const Json& json, double unit) {
  std::vector<double> all;
  if (!json.is_array()) return all;
  for (const auto& one : json) {
    if (one.is_number()) all.push_back(one.get<double>() * unit);
  }
  return all;
}

std::string text_of(const Json& json) {
  if (json.is_string()) return json.get<std::string>();
  return json.is_null() ? "" : json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// Points in time as the gaps between them.
std::vector<double> gaps_of(const std::vector<double>& times) {
  std::vector<double> gaps;
  for (std::size_t i = 1; i < times.size(); ++i) gaps.push_back(times[i] - times[i - 1]);
  return gaps;
}

/// A metric of AIPerf's with its unit, in seconds.
std::optional<double> aiperf_time(const Json& metrics, const char* name) {
  const auto& metric = member(metrics, name);
  const auto unit = text_of(member(metric, "unit"));
  return scaled(number(metric, "value"), unit == "ms" ? 1e-3 : unit == "ns" ? 1e-9 : 1);
}

}  // namespace

void read_inference_perf(const Json& json, Gathered& all) {
  if (!json.is_array()) return;
  for (const auto& one : json) {
    const auto start = number(one, "start_time");
    const auto end = number(one, "end_time");
    if (!start || !end) continue;
    all.span(*start, *end);
    Stated request{*end - *start, {}, {}, {}, text_of(member(one, "error")), 1};
    const auto times =
        numbers(member(member(member(one, "info"), "response_metrics"), "output_token_times"), 1);
    if (!times.empty()) request.ttft = times.front() - *start;
    request.gaps = gaps_of(times);
    all.add(request);
  }
}

void read_guidellm(const Json& json, Gathered& all) {
  const auto& benchmarks = member(json, "benchmarks");
  if (!benchmarks.is_array()) return;
  double seconds = 0;
  for (const auto& benchmark : benchmarks) {
    seconds += number(benchmark, "duration").value_or(0);
    for (const auto* const kind : {"successful", "errored"}) {
      const auto& requests = member(member(benchmark, "requests"), kind);
      if (!requests.is_array()) continue;
      for (const auto& one : requests) {
        Stated request{number(one, "request_latency"), {}, {}, {}, "", 1};
        const auto& times = member(member(one, "info"), "timings");
        const auto start = number(times, "request_start");
        const auto end = number(times, "request_end");
        if (start && end) all.span(*start, *end);
        request.ttft = scaled(number(one, "time_to_first_token_ms"), 1e-3);
        request.mean_gap = scaled(number(one, "inter_token_latency_ms"), 1e-3);
        if (std::string_view(kind) == "errored") {
          request.error = text_of(member(member(one, "info"), "error"));
          if (request.error.empty()) request.error = "errored";
        }
        all.add(request);
      }
    }
  }
  all.window(seconds);
}

void read_vllm(const Json& json, Gathered& all) {
  const auto latencies = numbers(member(json, "latencies"), 1);
  const auto ttfts = numbers(member(json, "ttfts"), 1);
  const auto& itls = member(json, "itls");
  const auto starts = numbers(member(json, "start_times"), 1);
  const auto& errors = member(json, "errors");
  const auto count = std::max({latencies.size(), ttfts.size(), itls.size()});
  for (std::size_t i = 0; i < count; ++i) {
    Stated request;
    if (i < ttfts.size()) request.ttft = ttfts[i];
    if (itls.is_array() && i < itls.size()) request.gaps = numbers(itls[i], 1);
    if (i < latencies.size()) {
      request.e2e = latencies[i];
    } else if (request.ttft) {
      request.e2e = *request.ttft;
      for (const double gap : request.gaps) *request.e2e += gap;
    }
    if (i < starts.size() && request.e2e) all.span(starts[i], starts[i] + *request.e2e);
    if (errors.is_array() && i < errors.size()) request.error = text_of(errors[i]);
    all.add(request);
  }
  if (const auto seconds = number(json, "duration")) all.window(*seconds);
}

void read_aiperf_line(const Json& line, Gathered& all) {
  const auto& about = member(line, "metadata");
  const auto& metrics = member(line, "metrics");
  if (about.is_null()) return;
  const auto phase = text_of(member(about, "benchmark_phase"));
  if (!phase.empty() && phase != "profiling") return;
  const auto start = scaled(number(about, "request_start_ns"), 1e-9);
  const auto end = scaled(number(about, "request_end_ns"), 1e-9);
  if (start && end) all.span(*start, *end);
  Stated request{aiperf_time(metrics, "request_latency"), {}, {}, {},
                 text_of(member(line, "error")),          1};
  request.ttft = aiperf_time(metrics, "time_to_first_token");
  const auto& gaps = member(metrics, "inter_chunk_latency");
  request.gaps = numbers(member(gaps, "value"), 1e-3);
  all.add(request);
}

void read_line(const Json& line, Gathered& all) {
  if (const auto seconds = number(line, "window_s")) return all.window(*seconds);
  const auto start = number(line, "start_s");
  const auto end = number(line, "end_s");
  if (start && end) all.span(*start, *end);
  Stated request{
      number(line, "e2e_s"), number(line, "ttft_s"),         numbers(member(line, "gaps_s"), 1),
      number(line, "gap_s"), text_of(member(line, "error")), 1};
  constexpr double kMost = 1e9;
  if (const auto times = number(line, "n"); times && *times >= 0 && *times <= kMost) {
    request.times = static_cast<std::uint64_t>(*times);
  }
  if (request.e2e || !request.error.empty()) all.add(request);
}

}  // namespace hopcost::overhead
