#include "loadgen/console.hpp"

#include <cmath>
#include <iterator>

#include <fmt/format.h>

#include "common/status_line.hpp"
#include "common/units.hpp"
#include "loadgen/judge/judgement.hpp"
#include "loadgen/judge/steadiness.hpp"
#include "loadgen/measure/steady_state.hpp"

namespace hopcost::loadgen {
namespace {

/// How many times this load the generator could make before a run would not be valid.
std::string headroom_text(double busy_share) {
  if (busy_share <= 0 || busy_share >= kBusyShare) return {};
  return fmt::format(", headroom {:.1f} x", kBusyShare / busy_share);
}

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

/// The same with each failure as an infinite time.
void add_error_adjusted(std::string& out, Metric metric, const RunResult& result) {
  if (result.metrics[metric].count() == 0) return;
  const auto at = [&](double q) {
    const auto ns = result.error_adjusted(metric, q);
    return ns && std::isinf(*ns) ? "infinite" : cell(ns);
  };
  fmt::format_to(std::back_inserter(out), "{:<20} {:>9} {:>12} {:>12} {:>12} {:>12} {:>12}\n",
                 fmt::format("{} with errors", metric_name(metric)),
                 result.metrics[metric].count() + result.counters.failed(), "", at(0.50), at(0.90),
                 at(0.95), at(0.99));
}

std::string value_text(const Threshold& threshold, std::optional<double> value) {
  return value ? threshold.figure.text_of(*value) : "n/a";
}

void add_service_level(std::string& out, const ServiceLevel& level, const RunResult& result,
                       const Judgement& judgement) {
  auto put = std::back_inserter(out);
  const auto sent = result.counters.sent;
  if (!level.objectives.empty() && sent > 0) {
    const auto share = [sent](std::uint64_t met) {
      return 100 * static_cast<double>(met) / static_cast<double>(sent);
    };
    fmt::format_to(put, "goodput   {:.2f} % of requests meet", share(result.attainment.all));
    for (std::size_t i = 0; i < level.objectives.size(); ++i) {
      const auto& objective = level.objectives[i];
      const auto met = i < result.attainment.each.size() ? result.attainment.each[i] : 0;
      fmt::format_to(put, "  {}={} ({:.2f} %)", metric_name(objective.metric),
                     duration_text(objective.at_most), share(met));
    }
    out += '\n';
  }
  for (const auto& outcome : judgement.targets) {
    fmt::format_to(put, "target    {}: {}, {}", outcome.target.text,
                   value_text(outcome.target, outcome.value), name_of(outcome.verdict));
    if (outcome.range) {
      fmt::format_to(put, " [{}, {}]", outcome.target.figure.text_of(outcome.range->low),
                     std::isinf(outcome.range->high)
                         ? "?"
                         : outcome.target.figure.text_of(outcome.range->high));
    }
    out += '\n';
  }
}

void add_part(std::string& out, std::string_view name, const Options& options,
              const Measurement& measured) {
  const auto metric = options.stream ? Metric::ttft : Metric::e2e;
  const auto& times = measured.metrics[metric];
  fmt::format_to(std::back_inserter(out), "{:<28} {:>9} {:>7} {:>10.1f} {:>12} {:>12} {:>12}\n",
                 name, measured.counters.sent, measured.counters.failed(),
                 measured.requests_per_s(), cell(times.quantile_if_supported(0.50)),
                 cell(times.quantile_if_supported(0.95)), cell(times.quantile_if_supported(0.99)));
}

/// Stages or levels, and labels, a line each.
void add_parts(std::string& out, const Options& options, const RunResult& result) {
  if (result.stages.empty() && result.labels.empty()) return;
  const auto metric = metric_name(options.stream ? Metric::ttft : Metric::e2e);
  fmt::format_to(std::back_inserter(out), "\n{:<28} {:>9} {:>7} {:>10} {:>12} {:>12} {:>12}\n", "",
                 "sent", "failed", "per s", fmt::format("{} p50", metric), "p95", "p99");
  for (const auto& stage : result.stages) add_part(out, stage.name(), options, stage.measured);
  for (const auto& label : result.labels) {
    add_part(out, fmt::format("{} {}", label.dimension, label.name), options, label.measured);
  }
  out += '\n';
}

std::string load_text(const Options& options) {
  if (!options.open_loop()) return fmt::format("concurrency {}", options.concurrency);
  const auto rate = options.stages.empty() ? fmt::format("{}/s", options.rate_per_s)
                                           : fmt::format("{} stages", options.stages.size());
  return fmt::format("{} {} over {} connections", rate, name_of(options.arrival.kind),
                     options.max_in_flight);
}

}  // namespace

std::string console_report(const RunRecord& record) {
  const auto& [options, result, judgement, started_at, sweep, findings, target, scenario] = record;
  std::string out;
  const auto& c = result.counters;
  auto put = std::back_inserter(out);
  std::string targets;
  for (const auto& base : options.targets) {
    if (!targets.empty()) targets += ", ";
    targets += base.url();
  }
  fmt::format_to(put, "{}  model {}  {}{}{}  {}  {:.1f} s measured{}\n\n", targets,
                 models_text(options), scenario, scenario.empty() ? "" : ": ",
                 sweep.empty() ? load_text(options) : sweep, options.stream ? "stream" : "unary",
                 static_cast<double>(result.measured_ns) / kSecond,
                 result.cut_short ? " (cut short)" : "");
  fmt::format_to(put, "{:<20} {:>9} {:>12} {:>12} {:>12} {:>12} {:>12} {:>12}\n", "", "n", "mean",
                 "p50", "p90", "p95", "p99", "max");
  for (std::size_t i = 0; i < kShownMetrics; ++i) {
    add_row(out, kMetricNames[i], result.metrics[static_cast<Metric>(i)]);
  }
  if (c.failed() > 0) {
    for (const auto metric : kErrorAdjusted) add_error_adjusted(out, metric, result);
  }
  fmt::format_to(put, "\nrequests  {} sent, {} ok, {} failed  {:.1f}/s\n", c.sent, c.ok, c.failed(),
                 result.requests_per_s());
  if (options.stream) {
    fmt::format_to(
        put, "chunks    {}  {:.1f}/s  {:.2f} events per read{}\n", c.chunks, result.chunks_per_s(),
        result.events_per_read(),
        c.missing_done > 0 ? fmt::format("  {} streams without [DONE]", c.missing_done) : "");
  }
  if (c.prompt_mismatches + c.output_mismatches > 0) {
    fmt::format_to(put,
                   "usage     {} replies with another prompt length than asked, {} with another "
                   "output length\n",
                   c.prompt_mismatches, c.output_mismatches);
  }
  if (c.model_mismatches > 0) {
    fmt::format_to(put, "model     {} replies name another model than was asked\n",
                   c.model_mismatches);
  }
  fmt::format_to(put, "connections {}  generator busy {:.0f} %{}  CPU {:.2f} s\n", c.connections,
                 100 * result.generator_busy_share, headroom_text(result.generator_busy_share),
                 static_cast<double>(result.generator_cpu_ns) / kSecond);
  for (std::size_t i = 1; i < kFailures; ++i) {
    if (c.failures[i] == 0) continue;
    fmt::format_to(put, "failed    {} x {}: {}\n", c.failures[i], kFailureNames[i],
                   result.failure_samples[i]);
  }
  if (c.retried > 0) {
    fmt::format_to(put,
                   "retries   {} requests were sent more than once, {} attempts beyond the first: "
                   "{:.2f} attempts a request, at most {}\n",
                   c.retried, c.retries,
                   1 + static_cast<double>(c.retries) / static_cast<double>(c.sent),
                   c.most_attempts);
  }
  add_parts(out, options, result);
  const auto whole = static_cast<std::size_t>(result.measured_ns / kSecond);
  const auto steady = steady_state(result.seconds, whole);
  if (steady && result.stages.empty() && steady->length() < whole) {
    fmt::format_to(put, "steady    seconds {} to {}: {:.1f} requests in flight, {:.1f} replies/s\n",
                   steady->from, steady->to, steady->in_flight, steady->requests_per_s);
  }
  if (!result.stopped_by.empty()) fmt::format_to(put, "stopped   {}\n", result.stopped_by);
  if (!findings.empty()) fmt::format_to(put, "{}\n", findings);
  add_service_level(out, options.service_level, result, judgement);
  for (const auto& one : steadiness_of(options, result)) {
    fmt::format_to(put, "halves    {}\n", text_of(one));
  }
  for (const auto& outcome : judgement.thresholds) {
    fmt::format_to(put, "{} {}: {}\n", outcome.crossed ? "CROSSED  " : "threshold",
                   outcome.threshold.text, value_text(outcome.threshold, outcome.value));
  }
  for (const auto& fault : judgement.faults) {
    fmt::format_to(put, "NOT VALID {}: {}\n", fault.code, fault.evidence);
  }
  // Names and messages of servers are shown, not sent.
  return printable_lines(out);
}

}  // namespace hopcost::loadgen
