#include "loadgen/output/levels.hpp"

#include <algorithm>

namespace hopcost::loadgen {
namespace {

/// Positions of the stages that sent anything: a pause is no load, and one that the run did not
/// come to has nothing to say.
std::vector<std::size_t> loads(const RunRecord& record) {
  std::vector<std::size_t> kept;
  const auto& stages = record.result.stages;
  for (std::size_t i = 0; i < stages.size(); ++i) {
    const auto& counters = stages[i].measured.counters;
    if (counters.sent + counters.unsent > 0) kept.push_back(i);
  }
  return kept;
}

}  // namespace

std::vector<StageResult> levels_of(const RunRecord& record) {
  const auto& result = record.result;
  if (const auto kept = loads(record); !kept.empty()) {
    std::vector<StageResult> levels;
    for (const auto stage : kept) levels.push_back(result.stages[stage]);
    return levels;
  }
  StageResult only;
  only.rate_per_s = result.offered_per_s;
  only.concurrency = record.options.open_loop() ? 0 : record.options.concurrency;
  only.measured = result;
  only.seconds = result.seconds;
  return {only};
}

std::string yaml_text(std::string json) {
  bool quoted = false;
  bool pointed = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '.') {
      pointed = true;
    } else if (c == 'e' && i > 0 && json[i - 1] >= '0' && json[i - 1] <= '9') {
      if (!pointed) json.insert(i, ".0");
      if (!pointed) i += 2;
    } else if ((c < '0' || c > '9') && c != '-' && c != '+') {
      pointed = false;
    }
  }
  return json;
}

Nanos epoch_of(const RunRecord& record, Nanos monotonic_ns) {
  return record.started_at_ns + (monotonic_ns - record.result.start_ns);
}

double mean_in_flight(const StageResult& level) {
  // What is still under way behind the window is not of the load.
  const auto whole = static_cast<std::size_t>(level.measured.measured_ns / kSecond);
  const auto count = std::min(level.seconds.size(), std::max<std::size_t>(whole, 1));
  if (count == 0) return 0;
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum += level.seconds[i].in_flight;
  return sum / static_cast<double>(count);
}

std::vector<RequestRow> rows_of(const RunRecord& record, std::size_t index) {
  auto rows = record.result.requests.rows();
  const auto kept = loads(record);
  if (kept.empty()) return rows;
  std::erase_if(rows, [&](const RequestRow& row) { return row.slice.stage != kept.at(index); });
  return rows;
}

}  // namespace hopcost::loadgen
