#include "mockserver/server/metrics.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/version.hpp"

namespace hopcost::mockserver {
namespace {

using nlohmann::json;

struct Total {
  Counters counters;
  PacingTally pacing;
};

Total total_of(const std::vector<WorkerSnapshot>& workers) {
  Total total;
  for (const auto& worker : workers) {
    total.counters += worker.counters;
    total.pacing.merge(worker.pacing);
  }
  return total;
}

/// Null where too few samples lie beyond the quantile to know it.
json quantile_or_null(const Histogram& histogram, double q) {
  const auto value = histogram.quantile_if_supported(q);
  return value ? json(*value) : json(nullptr);
}

json times_json(const Histogram& times) {
  return {{"count", times.count()},
          {"mean", times.mean()},
          {"p50", quantile_or_null(times, 0.5)},
          {"p90", quantile_or_null(times, 0.9)},
          {"p99", quantile_or_null(times, 0.99)},
          {"max", times.max()}};
}

json times_json(const PacingTally::Times& times) {
  return {{"intended", times_json(times.intended)}, {"achieved", times_json(times.achieved)}};
}

class Exposition {
 public:
  void family(const char* name, const char* type, const char* help) {
    fmt::format_to(std::back_inserter(text_), "# HELP {0} {1}\n# TYPE {0} {2}\n", name, help, type);
  }
  template <class Value>
  void sample(std::string_view name_and_labels, Value value) {
    fmt::format_to(std::back_inserter(text_), "{} {}\n", name_and_labels, value);
  }
  template <class Value>
  void single(const char* name, const char* type, const char* help, Value value) {
    family(name, type, help);
    sample(name, value);
  }
  /// `labels`: none, or as in {a="b"} without the braces.
  void summary_ns(const std::string& name, const std::string& labels, const Histogram& times) {
    for (const double q : {0.5, 0.9, 0.99}) {
      const auto value = times.quantile(q);
      if (!value) continue;
      sample(fmt::format("{}{{{}{}quantile=\"{}\"}}", name, labels, labels.empty() ? "" : ",", q),
             *value / 1e9);
    }
    const std::string braced = labels.empty() ? "" : "{" + labels + "}";
    sample(name + "_sum" + braced, times.sum() / 1e9);
    sample(name + "_count" + braced, times.count());
  }
  void times(const char* name, const char* help, const PacingTally::Times& times) {
    family(name, "summary", help);
    summary_ns(name, R"(is="intended")", times.intended);
    summary_ns(name, R"(is="achieved")", times.achieved);
  }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

}  // namespace

void Counters::reset() {
  Counters kept;
  kept.open = open;
  kept.in_flight = in_flight;
  *this = kept;
}

Counters& Counters::operator+=(const Counters& other) {
  accepted += other.accepted;
  open += other.open;
  requests += other.requests;
  in_flight += other.in_flight;
  ok += other.ok;
  errors += other.errors;
  stamped += other.stamped;
  chunks += other.chunks;
  bytes.in += other.bytes.in;
  bytes.out += other.bytes.out;
  disconnects += other.disconnects;
  reused += other.reused;
  refused += other.refused;
  timeouts += other.timeouts;
  for (std::size_t i = 0; i < faults.size(); ++i) faults[i] += other.faults[i];
  return *this;
}

json stats_json(const std::vector<std::string>& models,
                const std::vector<WorkerSnapshot>& workers) {
  const Total total = total_of(workers);
  const Counters& sum = total.counters;
  auto per_worker = json::array();
  for (const auto& worker : workers) {
    per_worker.push_back({{"connections", worker.counters.accepted},
                          {"requests", worker.counters.requests},
                          {"chunks", worker.counters.chunks},
                          {"cpu_ns", worker.cpu_ns}});
  }
  auto faults = json::object();
  for (const auto& info : fault_table()) {
    const auto count = sum.faults[static_cast<std::size_t>(info.kind)];
    if (count > 0) faults[std::string(info.name)] = count;
  }
  return {{"version", kVersion},
          {"models", models},
          {"connections", {{"accepted", sum.accepted}, {"open", sum.open}}},
          {"requests",
           {{"total", sum.requests},
            {"in_flight", sum.in_flight},
            {"ok", sum.ok},
            {"errors", sum.errors},
            {"stamped", sum.stamped},
            {"reused_connection", sum.reused}}},
          {"refused", {{"total", sum.refused}, {"timeouts", sum.timeouts}}},
          {"chunks", sum.chunks},
          {"bytes_in", sum.bytes.in},
          {"bytes_out", sum.bytes.out},
          {"disconnects", sum.disconnects},
          {"faults", std::move(faults)},
          {"first_token_ns", times_json(total.pacing.first)},
          {"gap_ns", times_json(total.pacing.gap)},
          {"lateness_ns", times_json(total.pacing.lateness)},
          {"workers", std::move(per_worker)}};
}

std::vector<VllmModelMetrics> merged_models(const std::vector<WorkerSnapshot>& workers) {
  std::vector<VllmModelMetrics> merged;
  for (const auto& worker : workers) {
    for (const auto& model : worker.models) {
      const auto same = std::ranges::find(merged, model.model, &VllmModelMetrics::model);
      if (same == merged.end()) {
        merged.push_back(model);
      } else {
        *same += model;
      }
    }
  }
  return merged;
}

std::string prometheus_text(const std::vector<WorkerSnapshot>& workers) {
  const Total total = total_of(workers);
  const Counters& sum = total.counters;
  Exposition out;
  out.single("hopcost_mock_connections_accepted_total", "counter", "Connections accepted.",
             sum.accepted);
  out.single("hopcost_mock_connections_open", "gauge", "Connections open now.", sum.open);
  out.single("hopcost_mock_requests_total", "counter", "API requests taken.", sum.requests);
  out.single("hopcost_mock_requests_in_flight", "gauge", "API requests not yet answered.",
             sum.in_flight);
  out.family("hopcost_mock_replies_total", "counter", "API requests by how they ended.");
  out.sample(R"(hopcost_mock_replies_total{outcome="ok"})", sum.ok);
  out.sample(R"(hopcost_mock_replies_total{outcome="error"})", sum.errors);
  out.sample(R"(hopcost_mock_replies_total{outcome="disconnect"})", sum.disconnects);
  out.single("hopcost_mock_requests_stamped_total", "counter", "API requests that carried a stamp.",
             sum.stamped);
  out.single("hopcost_mock_chunks_total", "counter", "Content chunks sent.", sum.chunks);
  out.single("hopcost_mock_received_bytes_total", "counter", "Bytes read.", sum.bytes.in);
  out.single("hopcost_mock_sent_bytes_total", "counter", "Bytes written.", sum.bytes.out);
  out.single("hopcost_mock_requests_reused_connection_total", "counter",
             "API requests that were not the first of their connection.", sum.reused);
  out.single("hopcost_mock_refused_total", "counter",
             "What was no request: malformed, too large, too slow or one connection too many.",
             sum.refused);
  out.family("hopcost_mock_faults_total", "counter", "API requests that were given a fault.");
  for (const auto& info : fault_table()) {
    out.sample(fmt::format("hopcost_mock_faults_total{{fault=\"{}\"}}", info.name),
               sum.faults[static_cast<std::size_t>(info.kind)]);
  }
  out.times("hopcost_mock_time_to_first_token_seconds",
            "From a request's last byte to the write of its first token, where a delay was asked.",
            total.pacing.first);
  out.times("hopcost_mock_inter_token_seconds", "Between two timed writes of one stream's tokens.",
            total.pacing.gap);
  out.family("hopcost_mock_lateness_seconds", "summary", "Writes after their deadline.");
  out.summary_ns("hopcost_mock_lateness_seconds", "", total.pacing.lateness);
  out.family("hopcost_mock_worker_cpu_seconds_total", "counter", "CPU time of a worker thread.");
  for (std::size_t i = 0; i < workers.size(); ++i) {
    out.sample(fmt::format("hopcost_mock_worker_cpu_seconds_total{{worker=\"{}\"}}", i),
               static_cast<double>(workers[i].cpu_ns) / 1e9);
  }
  return out.take();
}

}  // namespace hopcost::mockserver
