#include <string>
#include <type_traits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "loadgen/measure/result.hpp"

namespace hopcost::loadgen {
namespace {

using Json = nlohmann::json;

/// Reads fields of one object; remembers the first that is wrong.
class Reader {
 public:
  Reader(const Json& json, std::string where) : json_(&json), where_(std::move(where)) {}

  template <class T>
  void read(const char* name, T& value) {
    if (const auto* at = find(name)) get(name, *at, value);
  }
  const Json* find(const char* name) const {
    if (!json_->is_object()) return nullptr;
    const auto at = json_->find(name);
    return at == json_->end() ? nullptr : &*at;
  }
  void wrong(std::string_view name, std::string_view why) {
    if (error_.empty()) error_ = fmt::format("{}{}: {}", where_, name, why);
  }
  [[nodiscard]] const std::string& error() const { return error_; }

 private:
  void get(const char* name, const Json& at, std::string& value) {
    at.is_string() ? void(value = at.get<std::string>()) : wrong(name, "no text");
  }
  void get(const char* name, const Json& at, bool& value) {
    at.is_boolean() ? void(value = at.get<bool>()) : wrong(name, "neither true nor false");
  }
  template <class T>
    requires std::is_arithmetic_v<T>
  void get(const char* name, const Json& at, T& value) {
    const bool whole =
        at.is_number_unsigned() || (at.is_number_integer() && at.get<std::int64_t>() >= 0);
    const bool right = std::is_unsigned_v<T> ? whole : at.is_number();
    right ? void(value = at.get<T>()) : wrong(name, "not the number that it should be");
  }

  const Json* json_;
  std::string where_;
  std::string error_;
};

std::string read_metrics(const Json* json, MetricSet& metrics) {
  if (json == nullptr) return {};
  for (std::size_t i = 0; i < kMetrics; ++i) {
    const auto name = std::string(kMetricNames[i]);
    if (!json->contains(name)) continue;
    auto histogram = Histogram::from_json((*json)[name]);
    if (!histogram) return fmt::format("metrics_ns.{}: {}", name, histogram.error().message);
    metrics[static_cast<Metric>(i)] = std::move(*histogram);
  }
  return {};
}

std::string read_by_position(const Json* json, ByPosition& positions) {
  if (json == nullptr || !json->is_array()) return {};
  for (const auto& entry : *json) {
    std::uint64_t from = 0;
    ByPosition::Class one;
    double mean = 0;
    Reader reader(entry, "chunk_transit_by_position.");
    reader.read("from", from);
    reader.read("count", one.count);
    reader.read("mean_ns", mean);
    if (!reader.error().empty()) return reader.error();
    one.sum_ns = mean * static_cast<double>(one.count);
    positions.add(from, one);
  }
  return {};
}

std::string read_lengths(const Json* json, Tally& tally) {
  if (json == nullptr || !json->is_object()) return {};
  for (const auto& [name, histogram] : {std::pair{"prompt_tokens", &tally.prompt_lengths},
                                        {"output_tokens", &tally.output_lengths}}) {
    if (!json->contains(name)) continue;
    auto read = Histogram::from_json((*json)[name]);
    if (!read) return fmt::format("lengths.{}: {}", name, read.error().message);
    *histogram = std::move(*read);
  }
  return {};
}

void read_failures(const Json& json, Tally& tally) {
  if (!json.is_object()) return;
  for (std::size_t i = 1; i < kFailures; ++i) {
    const auto at = json.find(std::string(kFailureNames[i]));
    if (at == json.end()) continue;
    Reader failure(*at, {});
    failure.read("count", tally.counters.failures[i]);
    failure.read("first", tally.failure_samples[i]);
  }
}

std::string read_measurement(const Json& json, const std::string& where, Measurement& measured) {
  if (!json.is_object()) return where + "no object";
  Reader reader(json, where);
  reader.read("start_ns", measured.start_ns);
  reader.read("measured_ns", measured.measured_ns);
  reader.read("offered_per_s", measured.offered_per_s);
  if (const auto* counters = reader.find("counters")) {
    Reader each(*counters, where + "counters.");
    for (const auto& counter : kCounterNames) {
      each.read(counter.name.data(), measured.counters.*counter.value);
    }
    each.read("most_attempts", measured.counters.most_attempts);
    if (!each.error().empty()) return each.error();
    if (measured.counters.ok > measured.counters.sent) return where + "counters: more ok than sent";
  }
  if (const auto* failures = reader.find("failures")) read_failures(*failures, measured);
  if (const auto* attainment = reader.find("attainment")) {
    Reader each(*attainment, where + "attainment.");
    each.read("all", measured.attainment.all);
    const auto* list = each.find("each");
    for (const auto& met : list != nullptr && list->is_array() ? *list : Json::array()) {
      measured.attainment.each.push_back(met.is_number_unsigned() ? met.get<std::uint64_t>() : 0);
    }
  }
  if (!reader.error().empty()) return reader.error();
  auto error = read_lengths(reader.find("lengths"), measured);
  if (error.empty()) error = read_metrics(reader.find("metrics_ns"), measured.metrics);
  if (error.empty()) {
    error = read_by_position(reader.find("chunk_transit_by_position"),
                             measured.metrics.transit_by_position);
  }
  return error.empty() ? error : where + error;
}

std::string read_seconds(const Json* json, std::vector<Second>& seconds) {
  if (json == nullptr || !json->is_array()) return {};
  for (const auto& entry : *json) {
    Second second;
    Reader reader(entry, fmt::format("seconds[{}].", seconds.size()));
    reader.read("sent", second.sent);
    reader.read("ok", second.ok);
    reader.read("failed", second.failed);
    reader.read("chunks", second.chunks);
    reader.read("output_tokens", second.output_tokens);
    reader.read("in_flight", second.in_flight);
    if (!reader.error().empty()) return reader.error();
    MetricSet metrics;
    if (auto error = read_metrics(reader.find("metrics_ns"), metrics); !error.empty()) {
      return fmt::format("seconds[{}].{}", seconds.size(), error);
    }
    for (std::size_t i = 0; i < kSeriesMetrics.size(); ++i) {
      second.times[i] = metrics[kSeriesMetrics[i]].compact();
    }
    seconds.push_back(std::move(second));
  }
  return {};
}

const Json& list_in(const Reader& reader, const char* name) {
  static const Json kNone = Json::array();
  const auto* at = reader.find(name);
  return at != nullptr && at->is_array() ? *at : kNone;
}

std::string read_parts(const Reader& reader, RunResult& result) {
  for (const auto& entry : list_in(reader, "stages")) {
    auto& stage = result.stages.emplace_back();
    const auto where = fmt::format("stages[{}].", result.stages.size() - 1);
    Reader each(entry, where);
    each.read("rate_per_s", stage.rate_per_s);
    each.read("concurrency", stage.concurrency);
    if (!each.error().empty()) return each.error();
    if (auto error = read_measurement(entry, where, stage.measured); !error.empty()) return error;
    if (auto error = read_seconds(each.find("seconds"), stage.seconds); !error.empty()) {
      return where + error;
    }
  }
  for (const auto& entry : list_in(reader, "labels")) {
    auto& label = result.labels.emplace_back();
    const auto where = fmt::format("labels[{}].", result.labels.size() - 1);
    Reader each(entry, where);
    each.read("dimension", label.dimension);
    each.read("name", label.name);
    if (!each.error().empty()) return each.error();
    if (auto error = read_measurement(entry, where, label.measured); !error.empty()) return error;
  }
  return {};
}

}  // namespace

Result<RunResult> result_from_json(const Json& json) {
  RunResult result;
  Reader reader(json, {});
  auto error = read_measurement(json, {}, result);
  if (error.empty()) error = read_seconds(reader.find("seconds"), result.seconds);
  if (error.empty()) error = read_parts(reader, result);
  if (!error.empty()) return fail(ErrorCode::usage, error);
  reader.read("cut_short", result.cut_short);
  reader.read("stopped_by", result.stopped_by);
  if (const auto* generator = reader.find("generator")) {
    Reader each(*generator, "generator.");
    each.read("busy_share", result.generator_busy_share);
    each.read("cpu_ns", result.generator_cpu_ns);
  }
  if (const auto* calibration = reader.find("calibration")) {
    Reader each(*calibration, "calibration.");
    each.read("tokens_extra", result.tokens_extra);
    each.read("tokens_per_word", result.tokens_per_word);
  }
  if (!reader.error().empty()) return fail(ErrorCode::usage, reader.error());
  return result;
}

}  // namespace hopcost::loadgen
