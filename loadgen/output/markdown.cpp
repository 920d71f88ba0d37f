#include "loadgen/output/markdown.hpp"

#include <cmath>
#include <iterator>

#include <fmt/format.h>

#include "common/units.hpp"
#include "loadgen/output/format.hpp"
#include "loadgen/output/headline.hpp"

namespace hopcost::loadgen {

std::string markdown_cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|' || c == '<' || c == '`' || c == '\\') out += '\\';
    out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return out;
}

namespace {

std::string verdict(const Judgement& judgement) {
  if (!judgement.valid()) return "not valid";
  if (judgement.exit_code() != 0) return "threshold crossed";
  return judgement.thresholds.empty() ? "measured" : "thresholds kept";
}

std::string cell(std::optional<double> ns) {
  return ns ? format_duration(*ns) : "n/a";
}

void add_judged(std::string& out, const Judgement& judgement) {
  auto put = std::back_inserter(out);
  if (judgement.thresholds.empty() && judgement.targets.empty()) return;
  out += "\n| stated | measured | result |\n|---|---|---|\n";
  const auto row = [&](std::string_view stated, const Figure& figure, std::optional<double> value,
                       std::string_view result) {
    fmt::format_to(put, "| {} | {} | {} |\n", markdown_cell(stated),
                   value ? figure.text_of(*value) : "n/a", result);
  };
  for (const auto& [threshold, value, crossed] : judgement.thresholds) {
    row("not " + threshold.text, threshold.figure, value,
        crossed ? "**crossed**"
        : value ? "kept"
                : "cannot tell");
  }
  for (const auto& target : judgement.targets) {
    row(target.target.text, target.target.figure, target.value, name_of(target.verdict));
  }
}

}  // namespace

/// For a pull request's comment or a job's summary: the verdict first.
std::vector<OutputFile> render_markdown(const RunRecord& record) {
  const auto& result = record.result;
  const auto& counters = result.counters;
  std::string out;
  auto put = std::back_inserter(out);
  fmt::format_to(put, "# loadgen: {}, {} requests, {} failed\n\n", verdict(record.judgement),
                 counters.sent, counters.failed());
  for (const auto& fault : record.judgement.faults) {
    fmt::format_to(put, "- **not valid**, {}: {}\n", fault.code, markdown_cell(fault.evidence));
  }
  if (!record.judgement.valid()) out += '\n';
  out += "| metric | n | mean | p50 | p95 | p99 | max |\n|---|---|---|---|---|---|---|\n";
  for (const auto metric : kHeadlineMetrics) {
    const auto& histogram = result.metrics[metric];
    if (histogram.count() == 0) continue;
    fmt::format_to(
        put, "| {} | {} | {} | {} | {} | {} | {} |\n", metric_name(metric), histogram.count(),
        format_duration(histogram.mean()), cell(histogram.quantile_if_supported(0.5)),
        cell(histogram.quantile_if_supported(0.95)), cell(histogram.quantile_if_supported(0.99)),
        format_duration(static_cast<double>(histogram.max())));
  }
  add_judged(out, record.judgement);
  fmt::format_to(put, "\n{:.1f} requests/s", result.requests_per_s());
  if (record.options.stream) fmt::format_to(put, ", {:.1f} chunks/s", result.chunks_per_s());
  if (!record.options.service_level.objectives.empty() && counters.sent > 0) {
    fmt::format_to(
        put, ", goodput {:.2f} %",
        100 * static_cast<double>(result.attainment.all) / static_cast<double>(counters.sent));
  }
  out += '\n';
  for (std::size_t i = 1; i < kFailures; ++i) {
    if (counters.failures[i] == 0) continue;
    fmt::format_to(put, "- {} x {}: {}\n", counters.failures[i], kFailureNames[i],
                   markdown_cell(result.failure_samples[i]));
  }
  fmt::format_to(put, "\n<details><summary>run</summary>\n\nmodel {}, {}, {:.1f} s measured\n\n",
                 markdown_cell(models_text(record.options)),
                 record.options.stream ? "stream" : "unary",
                 static_cast<double>(result.measured_ns) / kSecond);
  for (const auto& target : record.options.targets) {
    fmt::format_to(put, "- {}\n", markdown_cell(target.url()));
  }
  out += "\n</details>\n";
  return {{"summary.md", out}};
}

}  // namespace hopcost::loadgen
