#include "overhead/harness/outcome.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>
#include <optional>
#include <sstream>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "loadgen/merge/decode.hpp"

namespace hopcost::overhead {
namespace {

using Json = nlohmann::json;
using loadgen::Metric;

constexpr double kLongestS = 1e6;  // a figure beyond is none

constexpr std::array<std::pair<std::string_view, OutcomeForm>, 6> kForms{
    {{"aiperf", OutcomeForm::aiperf},
     {"guidellm", OutcomeForm::guidellm},
     {"hopcost", OutcomeForm::hopcost},
     {"inference-perf", OutcomeForm::inference_perf},
     {"lines", OutcomeForm::lines},
     {"vllm", OutcomeForm::vllm}}};

/// One request as a tool states it; seconds.
struct Stated {
  std::optional<double> e2e;
  std::optional<double> ttft;
  std::vector<double> gaps;
  std::optional<double> mean_gap;  ///< where single gaps are not stated
  std::string error;               ///< empty: it was answered
  std::uint64_t times = 1;
};

/// What a tool states, one request after another.
class Gathered {
 public:
  void add(const Stated& request) {
    auto& counters = run_.counters;
    counters.sent += request.times;
    counters.requests_total += request.times;
    if (!request.error.empty() || !request.e2e) {
      constexpr auto kFailed = static_cast<std::size_t>(loadgen::Failure::invalid_reply);
      counters.failures[kFailed] += request.times;
      if (run_.failure_samples[kFailed].empty()) run_.failure_samples[kFailed] = request.error;
      return;
    }
    counters.ok += request.times;
    counters.completed_in_window += request.times;
    record(Metric::e2e, *request.e2e, request.times);
    if (request.ttft) record(Metric::ttft, *request.ttft, request.times);
    double sum = 0;
    for (const double gap : request.gaps) {
      record(Metric::chunk_gap, gap, request.times);
      sum += gap;
    }
    if (!request.gaps.empty()) {
      counters.chunks += (request.gaps.size() + 1) * request.times;
      record(Metric::itl, sum / static_cast<double>(request.gaps.size()), request.times);
    } else if (request.mean_gap) {
      record(Metric::itl, *request.mean_gap, request.times);
    }
  }
  /// When a request began and ended, by the tool's clock.
  void span(double start_s, double end_s) {
    first_s_ = std::min(first_s_, start_s);
    last_s_ = std::max(last_s_, end_s);
  }
  void window(double seconds) { window_s_ = seconds; }

  [[nodiscard]] Result<loadgen::RunResult> result(const std::string& name) {
    const double seconds = window_s_.value_or(last_s_ - first_s_);
    if (run_.counters.sent == 0) return fail(ErrorCode::protocol, "tells of no request", name);
    if (!(seconds > 0) || seconds > kLongestS) {
      return fail(ErrorCode::protocol, "does not say how long it was measured", name);
    }
    run_.measured_ns = static_cast<Nanos>(std::llround(seconds * 1e9));
    return std::move(run_);
  }

 private:
  void record(Metric metric, double seconds, std::uint64_t times) {
    if (!(seconds >= 0) || seconds > kLongestS) return;
    run_.metrics[metric].record(std::llround(seconds * 1e9), times);
  }

  loadgen::RunResult run_;
  double first_s_ = std::numeric_limits<double>::infinity();
  double last_s_ = 0;
  std::optional<double> window_s_;
};

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
    if (errors.is_array() && i < errors.size()) request.error = text_of(errors[i]);
    all.add(request);
  }
  if (const auto seconds = number(json, "duration")) all.window(*seconds);
}

/// A metric of AIPerf's with its unit, in seconds.
std::optional<double> aiperf_time(const Json& metrics, const char* name) {
  const auto& metric = member(metrics, name);
  const auto unit = text_of(member(metric, "unit"));
  return scaled(number(metric, "value"), unit == "ms" ? 1e-3 : unit == "ns" ? 1e-9 : 1);
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

template <class Read>
Result<loadgen::RunResult> of_lines(const std::string& text, const std::string& name, Read read) {
  Gathered all;
  std::istringstream in(text);
  std::string line;
  for (int at = 1; std::getline(in, line); ++at) {
    if (line.empty()) continue;
    const auto json = Json::parse(line, nullptr, false);
    if (json.is_discarded()) {
      return fail(ErrorCode::protocol, "is not JSON", fmt::format("{}:{}", name, at));
    }
    read(json, all);
  }
  return all.result(name);
}

template <class Read>
Result<loadgen::RunResult> of_document(const std::string& text, const std::string& name,
                                       Read read) {
  const auto json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) return fail(ErrorCode::protocol, "is not JSON", name);
  Gathered all;
  read(json, all);
  return all.result(name);
}

}  // namespace

Result<OutcomeForm> outcome_form(std::string_view name) {
  std::string names;
  for (const auto& [known, form] : kForms) {
    if (known == name) return form;
    names += fmt::format("{}{}", names.empty() ? "" : ", ", known);
  }
  return fail(ErrorCode::usage, fmt::format("must be one of {}", names));
}

Result<loadgen::RunResult> outcome_from_text(OutcomeForm form, const std::string& text,
                                             const std::string& name) {
  switch (form) {
    case OutcomeForm::inference_perf:
      return of_document(text, name, read_inference_perf);
    case OutcomeForm::guidellm:
      return of_document(text, name, read_guidellm);
    case OutcomeForm::vllm:
      return of_document(text, name, read_vllm);
    case OutcomeForm::aiperf:
      return of_lines(text, name, read_aiperf_line);
    case OutcomeForm::lines:
    case OutcomeForm::hopcost:
      break;
  }
  return of_lines(text, name, read_line);
}

Result<loadgen::RunResult> read_outcome(OutcomeForm form, const std::filesystem::path& file) {
  if (form == OutcomeForm::hopcost) {
    auto record = loadgen::read_record(file.string());
    if (!record) return std::unexpected(record.error());
    return std::move(record->result);
  }
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail(ErrorCode::protocol, "is not there", file.string());
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  return outcome_from_text(form, text, file.string());
}

}  // namespace hopcost::overhead
