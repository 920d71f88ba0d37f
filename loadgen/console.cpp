#include "loadgen/console.hpp"

#include <array>
#include <iterator>

#include <fmt/format.h>

#include "common/units.hpp"

namespace hopcost::loadgen {
namespace {

std::string cell(std::optional<double> ns) {
  return ns ? format_duration(*ns) : "n/a";
}

void add_row(std::string& out, std::string_view name, const Histogram& histogram) {
  if (histogram.count() == 0) return;
  fmt::format_to(
      std::back_inserter(out), "{:<20} {:>9} {:>12} {:>12} {:>12} {:>12} {:>12} {:>12}\n", name,
      histogram.count(), format_duration(histogram.mean()),
      cell(histogram.quantile_if_supported(0.50)), cell(histogram.quantile_if_supported(0.90)),
      cell(histogram.quantile_if_supported(0.95)), cell(histogram.quantile_if_supported(0.99)),
      format_duration(static_cast<double>(histogram.max())));
}

std::string load_text(const Options& options) {
  if (!options.open_loop()) return fmt::format("concurrency {}", options.concurrency);
  const auto rate = options.stages.empty() ? fmt::format("{}/s", options.rate_per_s)
                                           : fmt::format("{} stages", options.stages.size());
  return fmt::format("{} {} over {} connections", rate, name_of(options.arrival.kind),
                     options.max_in_flight);
}

}  // namespace

std::vector<Fault> find_faults(const Options& options, const RunResult& result) {
  constexpr double kErrors = 0.001;
  constexpr double kBusy = 0.85;
  constexpr double kRate = 0.99;
  std::vector<Fault> faults;
  const auto& c = result.counters;
  if (c.sent == 0) faults.push_back({"errors", "no request was sent inside the measured window"});
  if (result.error_share() > kErrors) {
    faults.push_back({"errors", fmt::format("{} of {} requests failed", c.failed(), c.sent)});
  }
  if (const auto broken = c.failures[static_cast<std::size_t>(Failure::broken_stream)];
      broken > 0) {
    faults.push_back({"stream_broken", fmt::format("{} broken streams", broken)});
  }
  if (options.open_loop() && result.measured_ns > 0) {
    const double due = static_cast<double>(c.sent + c.unsent);
    if (due > 0 && static_cast<double>(c.sent) < kRate * due) {
      faults.push_back(
          {"rate_missed", fmt::format("{} of {} requests that were due were sent: raise "
                                      "--max-in-flight or lower --rate",
                                      c.sent, c.sent + c.unsent)});
    }
  }
  if (options.open_loop() && result.generator_busy_share > kBusy) {
    faults.push_back(
        {"generator_saturated", fmt::format("a generator thread was busy {:.0f} % of the time",
                                            100 * result.generator_busy_share)});
  }
  return faults;
}

std::string console_report(const Options& options, const RunResult& result) {
  std::string out;
  const auto& c = result.counters;
  auto put = std::back_inserter(out);
  std::string targets;
  for (const auto& target : options.targets) {
    if (!targets.empty()) targets += ", ";
    targets += target.url();
  }
  fmt::format_to(put, "{}  model {}  {}  {}  {:.1f} s measured{}\n\n", targets, options.model,
                 load_text(options), options.stream ? "stream" : "unary",
                 static_cast<double>(result.measured_ns) / kSecond,
                 result.cut_short ? " (cut short)" : "");
  fmt::format_to(put, "{:<20} {:>9} {:>12} {:>12} {:>12} {:>12} {:>12} {:>12}\n", "", "n", "mean",
                 "p50", "p90", "p95", "p99", "max");
  for (std::size_t i = 0; i < kMetrics; ++i) {
    add_row(out, kMetricNames[i], result.metrics[static_cast<Metric>(i)]);
  }
  fmt::format_to(put, "\nrequests  {} sent, {} ok, {} failed  {:.1f}/s\n", c.sent, c.ok, c.failed(),
                 result.requests_per_s());
  if (options.stream) {
    fmt::format_to(
        put, "chunks    {}  {:.1f}/s  {:.2f} events per read{}\n", c.chunks, result.chunks_per_s(),
        result.events_per_read(),
        c.missing_done > 0 ? fmt::format("  {} streams without [DONE]", c.missing_done) : "");
  }
  fmt::format_to(put, "connections {}  generator busy {:.0f} %  CPU {:.2f} s\n", c.connections,
                 100 * result.generator_busy_share,
                 static_cast<double>(result.generator_cpu_ns) / kSecond);
  for (std::size_t i = 1; i < kFailures; ++i) {
    if (c.failures[i] == 0) continue;
    fmt::format_to(put, "failed    {} x {}: {}\n", c.failures[i], kFailureNames[i],
                   result.failure_samples[i]);
  }
  for (const auto& fault : find_faults(options, result)) {
    fmt::format_to(put, "NOT VALID {}: {}\n", fault.code, fault.evidence);
  }
  return out;
}

}  // namespace hopcost::loadgen
