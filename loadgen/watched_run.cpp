#include "loadgen/watched_run.hpp"

#include "loadgen/live_view.hpp"
#include "loadgen/monitor.hpp"

namespace hopcost::loadgen {

Result<RunResult> run_watched(const Options& options, const std::stop_token& stop, bool live,
                              LiveView* view) {
  Monitor monitor(options, live);
  const std::stop_callback forward(stop, [&monitor] { monitor.request_stop(); });
  if (view != nullptr) view->follow(options, monitor);
  auto result = run(options, monitor.token(), &monitor);
  if (view != nullptr) view->leave();
  if (!result) return result;
  result->stopped_by = monitor.stopped_by();
  if (!result->stopped_by.empty() && !stop.stop_requested()) result->cut_short = false;
  return result;
}

}  // namespace hopcost::loadgen
