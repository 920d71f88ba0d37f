#include "loadgen/monitor.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "common/units.hpp"

namespace hopcost::loadgen {
namespace {

constexpr std::size_t kLookBack = 5;  // seconds

/// Seconds [from, to) as one measurement.
Measurement measured_in(const std::vector<Second>& seconds, std::size_t from, std::size_t to) {
  Measurement out;
  std::uint64_t sent = 0;
  for (std::size_t i = from; i < to; ++i) {
    const auto& second = seconds[i];
    sent += second.sent;
    out.counters.sent += second.ok + second.failed;  // of those that ended
    out.counters.ok += second.ok;
    out.counters.completed_in_window += second.ok;
    out.counters.chunks += second.chunks;
    out.counters.output_tokens += second.output_tokens;
    for (std::size_t m = 0; m < kSeriesMetrics.size(); ++m) {
      out.metrics[kSeriesMetrics[m]].merge(second.times[m]);
    }
  }
  out.not_answered_yet = sent - std::min(sent, out.counters.sent);
  out.measured_ns = static_cast<Nanos>(to - from) * kSecond;
  return out;
}

}  // namespace

Monitor::Monitor(const Options& options, bool live)
    : options_(options), reported_(static_cast<std::size_t>(options.threads)) {
  if (live) line_.emplace();
}

void Monitor::on_seconds(int index, const std::vector<Second>& ended) {
  const std::scoped_lock lock(mutex_);
  auto& position = reported_[static_cast<std::size_t>(index)];
  seconds_.resize(std::max(seconds_.size(), position + ended.size()));
  for (const auto& second : ended) seconds_[position++].merge(second);
  const auto complete = std::ranges::min(reported_);
  for (; complete_ < complete; ++complete_) {
    judge(complete_ + 1);
    if (line_) show(complete_);
  }
}

void Monitor::judge(std::size_t until) {
  if (options_.stop_if.empty() || !stopped_by_.empty() || until < kLookBack) return;
  const auto recent = measured_in(seconds_, until - kLookBack, until);
  for (const auto& threshold : options_.stop_if) {
    const auto value = threshold.figure.value(recent);
    if (!value || !threshold.is_true_of(*value)) continue;
    stopped_by_ = fmt::format(
        "{}: {} over {} s, {} s after the start, at {:.1f} requests in flight", threshold.text,
        threshold.figure.text_of(*value), kLookBack, until, seconds_[until - 1].in_flight);
    stop_.request_stop();
    return;
  }
}

std::string Monitor::stopped_by() const {
  const std::scoped_lock lock(mutex_);
  return stopped_by_;
}

std::size_t Monitor::complete() const {
  const std::scoped_lock lock(mutex_);
  return complete_;
}

RunResult Monitor::so_far() const {
  const std::scoped_lock lock(mutex_);
  RunResult result;
  static_cast<Measurement&>(result) = measured_in(seconds_, 0, complete_);
  result.seconds.assign(seconds_.begin(),
                        seconds_.begin() + static_cast<std::ptrdiff_t>(complete_));
  result.stopped_by = stopped_by_;
  return result;
}

void Monitor::show(std::size_t at) {
  const auto now = measured_in(seconds_, at, at + 1);
  const auto& first = options_.stream ? Metric::ttft : Metric::e2e;
  const auto p50 = now.metrics[first].quantile(0.5);
  const double left = in_seconds(options_.duration) - static_cast<double>(at + 1);
  line_->show("",
              fmt::format("{:>4} s  {:.0f}/s  {:.1f} in flight  {} failed  {} p50 {}  {}", at + 1,
                          now.requests_per_s(), seconds_[at].in_flight, now.counters.failed(),
                          metric_name(first), p50 ? format_duration(*p50) : "n/a",
                          left > 0 ? fmt::format("{:.0f} s left", left) : "finishing"));
}

}  // namespace hopcost::loadgen
