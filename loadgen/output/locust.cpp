#include <array>
#include <cmath>
#include <iterator>

#include <fmt/format.h>

#include "common/status_line.hpp"
#include "loadgen/output/format.hpp"
#include "loadgen/output/headline.hpp"
#include "loadgen/output/levels.hpp"
#include "loadgen/output/statistics.hpp"
#include "loadgen/output/time_text.hpp"

namespace hopcost::loadgen {
namespace {

constexpr std::array kQuantiles{0.5, 0.66, 0.75, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999, 0.9999, 1.0};
constexpr std::string_view kPercentiles = "50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%";
constexpr std::string_view kNone = "N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A";

/// Quoted where it has to be.
std::string field(std::string_view raw) {
  const auto text = printable(raw);
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

std::string request_name(const Options& options) {
  return fmt::format("{}/{}{}", options.targets.front().path, path_of(options.api),
                     options.stream ? " [stream]" : "");
}

std::string percentiles(const Statistics& ms) {
  if (ms.count() == 0) return std::string(kNone);
  std::string out;
  for (const double q : kQuantiles)
    out += fmt::format("{}{:.3f}", out.empty() ? "" : ",", ms.at(q));
  return out;
}

std::string summary(const Statistics& ms) {
  return fmt::format("{:.3f},{:.6f},{:.6f},{:.6f}", ms.at(0.5), ms.mean(), ms.min(), ms.max());
}

std::string stats_file(const RunRecord& record) {
  const auto& result = record.result;
  const auto& c = result.counters;
  Histogram times = result.metrics[Metric::e2e];
  times.merge(result.metrics[Metric::e2e_failed]);  // as Locust counts
  const Statistics ms(times, kMillisecond);
  const auto rate = [&](std::uint64_t count) { return result.per_s(static_cast<double>(count)); };
  const auto values =
      fmt::format("{},{},{},{:.3f},{:.6f},{:.6f},{}\r\n", c.sent, c.failed(), summary(ms),
                  c.per_request(c.bytes_read), rate(c.sent), rate(c.failed()), percentiles(ms));
  return fmt::format(
      "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,"
      "Min Response Time,Max Response Time,Average Content Size,Requests/s,Failures/s,{}\r\n"
      "POST,{},{},Aggregated,{}",
      kPercentiles, field(request_name(record.options)), values, values);
}

std::string history_file(const RunRecord& record) {
  std::string out = fmt::format(
      "Timestamp,User Count,Type,Name,Requests/s,Failures/s,{},Total Request Count,"
      "Total Failure Count,Total Median Response Time,Total Average Response Time,"
      "Total Min Response Time,Total Max Response Time,Total Average Content Size\r\n",
      kPercentiles);
  const auto& result = record.result;
  constexpr std::size_t kE2e = 2;
  static_assert(kSeriesMetrics[kE2e] == Metric::e2e);
  Histogram so_far;
  std::uint64_t requests = 0;
  std::uint64_t failures = 0;
  for (std::size_t i = 0; i < result.seconds.size(); ++i) {
    const auto& second = result.seconds[i];
    Histogram now;
    now.merge(second.times[kE2e]);
    so_far.merge(now);
    requests += second.ok + second.failed;
    failures += second.failed;
    const auto users = record.options.open_loop() ? static_cast<long>(std::lround(second.in_flight))
                                                  : static_cast<long>(record.options.concurrency);
    fmt::format_to(std::back_inserter(out),
                   "{},{},,Aggregated,{:.6f},{:.6f},{},{},{},{},{:.3f}\r\n",
                   record.started_at_ns / kSecond + static_cast<Nanos>(i) + 1, users,
                   static_cast<double>(second.ok + second.failed),
                   static_cast<double>(second.failed), percentiles(Statistics(now, kMillisecond)),
                   requests, failures, summary(Statistics(so_far, kMillisecond)),
                   result.counters.per_request(result.counters.bytes_read));
  }
  return out;
}

std::string failures_file(const RunRecord& record) {
  std::string out = "Method,Name,Error,Occurrences,First Seen,Last Seen\r\n";
  const auto& result = record.result;
  // Known to the second, all kinds together.
  Nanos first = record.started_at_ns;
  Nanos last = record.started_at_ns;
  bool any = false;
  for (std::size_t i = 0; i < result.seconds.size(); ++i) {
    if (result.seconds[i].failed == 0) continue;
    last = record.started_at_ns + static_cast<Nanos>(i) * kSecond;
    if (!any) first = last;
    any = true;
  }
  for (std::size_t i = 1; i < kFailures; ++i) {
    if (result.counters.failures[i] == 0) continue;
    fmt::format_to(std::back_inserter(out), "POST,{},{},{},{},{}\r\n",
                   field(request_name(record.options)),
                   field(fmt::format("{}: {}", kFailureNames[i], result.failure_samples[i])),
                   result.counters.failures[i], utc_text(first), utc_text(last));
  }
  return out;
}

}  // namespace

std::vector<OutputFile> render_locust(const RunRecord& record) {
  return {{"locust/loadgen_stats.csv", stats_file(record)},
          {"locust/loadgen_stats_history.csv", history_file(record)},
          {"locust/loadgen_failures.csv", failures_file(record)},
          {"locust/loadgen_exceptions.csv", "Count,Message,Traceback,Nodes\r\n"}};
}

}  // namespace hopcost::loadgen
