#include <array>
#include <iterator>
#include <vector>

#include <fmt/format.h>

#include "loadgen/output/format.hpp"
#include "loadgen/output/guidellm.hpp"
#include "loadgen/output/levels.hpp"
#include "loadgen/output/statistics.hpp"
#include "loadgen/output/time_text.hpp"

namespace hopcost::loadgen {
namespace {

/// Columns that one heading of the first line spans.
struct Group {
  std::string_view title;
  std::vector<std::string_view> columns;
};

const std::array<Group, 8>& groups() {
  static const std::array<Group, 8> kGroups{{{"Metadata", {"Benchmark"}},
                                             {"Request Stats", {"Per Second", "Concurrency"}},
                                             {"Out Tok/sec", {"mean"}},
                                             {"Tot Tok/sec", {"mean"}},
                                             {"Req Latency (sec)", {"mean", "median", "p99"}},
                                             {"TTFT (ms)", {"mean", "median", "p99"}},
                                             {"ITL (ms)", {"mean", "median", "p99"}},
                                             {"TPOT (ms)", {"mean", "median", "p99"}}}};
  return kGroups;
}

void add_times(std::vector<std::string>& row, const Histogram& ns, double unit, int digits) {
  const Statistics values(ns, unit);
  for (const double value : {values.mean(), values.at(0.5), values.at(0.99)}) {
    row.push_back(fmt::format("{:.{}f}", value, digits));
  }
}

std::vector<std::string> row_of(const StageResult& level) {
  const auto& measured = level.measured;
  const auto per_s = [&](double count) { return measured.per_s(count); };
  const double input = measured.prompt_lengths.sum();
  const double output = measured.output_lengths.sum();
  constexpr int kLatencyDigits = 6;
  constexpr int kTokenDigits = 3;
  std::vector<std::string> row{
      level.name(), fmt::format("{:.2f}", per_s(static_cast<double>(measured.counters.ok))),
      fmt::format("{:.2f}", mean_in_flight(level)), fmt::format("{:.1f}", per_s(output)),
      fmt::format("{:.1f}", per_s(input + output))};
  add_times(row, measured.metrics[Metric::e2e], kSecond, kLatencyDigits);
  add_times(row, measured.metrics[Metric::ttft], kMillisecond, kTokenDigits);
  add_times(row, measured.metrics[Metric::tpot], kMillisecond, kTokenDigits);
  add_times(row, measured.metrics[Metric::tpot_of_all], kMillisecond, kTokenDigits);
  return row;
}

}  // namespace

std::string guidellm_table(const RunRecord& record) {
  std::vector<std::string> header;
  for (const auto& group : groups()) {
    header.insert(header.end(), group.columns.begin(), group.columns.end());
  }
  std::vector<std::vector<std::string>> rows{header};
  for (const auto& level : levels_of(record)) rows.push_back(row_of(level));
  std::vector<std::size_t> widths(header.size());
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], row[i].size() + 1);
    }
  }
  const auto line = [&](const std::vector<std::string>& row) {
    std::string out;
    for (std::size_t i = 0; i < row.size(); ++i) {
      out += fmt::format("{}{:>{}}", i == 0 ? "" : "|", row[i], widths[i]);
    }
    return out + "\n";
  };
  // A heading stands over all its columns, whose bars follow it.
  std::string first;
  std::size_t column = 0;
  for (const auto& group : groups()) {
    std::size_t width = 0;
    for (std::size_t i = 0; i < group.columns.size(); ++i) width += widths[column++];
    first += fmt::format("{:<{}}{}", group.title, width, std::string(group.columns.size(), '|'));
  }
  std::string dashes;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    dashes += (i == 0 ? "" : "|") + std::string(widths[i], '-');
  }
  const std::string bar(dashes.size(), '=');
  std::string out =
      "\nBenchmarks Stats:\n" + bar + "\n" + first + "\n" + line(rows.front()) + dashes + "\n";
  for (std::size_t i = 1; i < rows.size(); ++i) out += line(rows[i]);
  return out + bar + "\n";
}

std::vector<OutputFile> render_guidellm(const RunRecord& record) {
  return {{"guidellm/benchmarks.json", guidellm_json(record)},
          {fmt::format("guidellm/guidellm-benchmark-stack-s{}-sw1-v1-{}.txt",
                       record.options.targets.size(), utc_stamp(record.started_at_ns)),
           guidellm_table(record)}};
}

}  // namespace hopcost::loadgen
