#include "loadgen/watched_run.hpp"

#include "loadgen/monitor.hpp"

namespace hopcost::loadgen {

Result<RunResult> run_watched(const Options& options, const std::stop_token& stop, bool live) {
  Monitor monitor(options, live);
  const std::stop_callback forward(stop, [&monitor] { monitor.request_stop(); });
  auto result = run(options, monitor.token(), &monitor);
  if (!result) return result;
  result->stopped_by = monitor.stopped_by();
  if (!result->stopped_by.empty() && !stop.stop_requested()) result->cut_short = false;
  return result;
}

}  // namespace hopcost::loadgen
