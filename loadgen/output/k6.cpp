#include <cmath>

#include <nlohmann/json.hpp>

#include "loadgen/output/format.hpp"

namespace hopcost::loadgen {
namespace {

using Json = nlohmann::ordered_json;

/// k6 gives every percentile, however few samples it has; n stands beside it.
Json trend(const Histogram& ns) {
  const auto ms = [](double value) { return value / kMillisecond; };
  const auto at = [&](double q) { return ms(ns.quantile(q).value_or(0)); };
  return {{"avg", ms(ns.mean())}, {"min", ms(static_cast<double>(ns.min()))},
          {"med", at(0.5)},       {"max", ms(static_cast<double>(ns.max()))},
          {"p(90)", at(0.9)},     {"p(95)", at(0.95)},
          {"p(99)", at(0.99)},    {"count", ns.count()}};
}

Json counter(std::uint64_t count, Nanos length) {
  const double seconds = static_cast<double>(length) / kSecond;
  return {{"count", count}, {"rate", seconds > 0 ? static_cast<double>(count) / seconds : 0}};
}

/// What the counted requests had of something that is counted over the whole pass.
Json share(const RunResult& result, std::uint64_t in_whole_pass) {
  const auto& counters = result.counters;
  const double count = counters.per_request(in_whole_pass) * static_cast<double>(counters.sent);
  return counter(static_cast<std::uint64_t>(std::llround(count)), result.measured_ns);
}

/// The metric of k6's that a figure of ours is about.
std::string metric_of(const Figure& figure) {
  const auto& name = figure.name();
  if (name == "errors" || name == "success" || name == "failed") return "http_req_failed";
  if (name.starts_with("e2e.")) return "http_req_duration";
  if (name.starts_with("ttfb.")) return "http_req_waiting";
  if (name == "requests_per_s") return "http_reqs";
  return name.substr(0, name.find('.'));
}

Json root_group(const Json& nothing) {
  return {{"name", ""},
          {"path", ""},
          {"id", "d41d8cd98f00b204e9800998ecf8427e"},  // MD5 of no name, as k6 has it
          {"groups", nothing},
          {"checks", nothing}};
}

/// What a metric of the legacy summary is, by what it has: its type, and what its values are of.
std::pair<const char*, const char*> kind_of(const std::string& name, const Json& metric) {
  if (metric.contains("avg")) return {"trend", "time"};
  if (metric.contains("passes")) return {"rate", "default"};
  if (metric.contains("rate")) return {"counter", name.starts_with("data_") ? "data" : "default"};
  return {"gauge", "default"};
}

/// The same as k6 gives it to a script's handleSummary: types beside the values, and of a threshold
/// whether it is met.
Json for_handle_summary(const Json& metrics, const RunResult& result) {
  Json typed = Json::object();
  for (const auto& [name, metric] : metrics.items()) {
    const auto [type, contains] = kind_of(name, metric);
    Json values = metric;
    values.erase("thresholds");
    typed[name] = {{"type", type}, {"contains", contains}, {"values", std::move(values)}};
    if (!metric.contains("thresholds")) continue;
    for (const auto& [text, crossed] : metric["thresholds"].items()) {
      typed[name]["thresholds"][text] = {{"ok", !crossed.get<bool>()}};
    }
  }
  return {{"root_group", root_group(Json::array())},
          {"options",
           {{"summaryTrendStats", {"avg", "min", "med", "max", "p(90)", "p(95)", "p(99)"}},
            {"summaryTimeUnit", "ms"},
            {"noColor", true}}},
          {"state",
           {{"isStdOutTTY", false},
            {"isStdErrTTY", false},
            {"testRunDurationMs", static_cast<double>(result.measured_ns) / kMillisecond}}},
          {"metrics", std::move(typed)}};
}

}  // namespace

/// The legacy summary of `k6 run --summary-export`, and the data of handleSummary.
std::vector<OutputFile> render_k6(const RunRecord& record) {
  const auto& result = record.result;
  const auto& counters = result.counters;
  Json metrics;
  metrics["http_reqs"] = counter(counters.sent, result.measured_ns);
  metrics["iterations"] = metrics["http_reqs"];
  Histogram duration = result.metrics[Metric::e2e];
  duration.merge(result.metrics[Metric::e2e_failed]);
  metrics["http_req_duration"] = trend(duration);
  metrics["http_req_waiting"] = trend(result.metrics[Metric::ttfb]);
  // Its `passes` counts the requests of which "failed" is true.
  metrics["http_req_failed"] = {
      {"value", result.error_share()}, {"passes", counters.failed()}, {"fails", counters.ok}};
  metrics["data_sent"] = share(result, counters.bytes_written);
  metrics["data_received"] = share(result, counters.bytes_read);
  const int users = record.options.connections();
  metrics["vus"] = {{"value", users}, {"min", users}, {"max", users}};
  for (const auto metric : {Metric::ttft, Metric::chunk_gap, Metric::lateness}) {
    if (result.metrics[metric].count() == 0) continue;
    metrics[std::string(metric_name(metric))] = trend(result.metrics[metric]);
  }
  for (const auto& outcome : record.judgement.thresholds) {
    metrics[metric_of(outcome.threshold.figure)]["thresholds"]["not " + outcome.threshold.text] =
        outcome.crossed;
  }
  const Json legacy{{"metrics", metrics}, {"root_group", root_group(Json::object())}};
  return {{"k6/summary.json", legacy.dump(1) + "\n"},
          {"k6/handle_summary.json", for_handle_summary(metrics, result).dump(1) + "\n"}};
}

}  // namespace hopcost::loadgen
