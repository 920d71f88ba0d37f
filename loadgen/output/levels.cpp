#include "loadgen/output/levels.hpp"

#include <algorithm>

namespace hopcost::loadgen {

std::vector<StageResult> levels_of(const RunRecord& record) {
  const auto& result = record.result;
  if (!result.stages.empty()) return result.stages;
  StageResult only;
  only.rate_per_s = result.offered_per_s;
  only.concurrency = record.options.open_loop() ? 0 : record.options.concurrency;
  only.measured = result;
  only.seconds = result.seconds;
  return {only};
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
  std::erase_if(rows, [index](const RequestRow& row) { return row.slice.stage != index; });
  return rows;
}

}  // namespace hopcost::loadgen
