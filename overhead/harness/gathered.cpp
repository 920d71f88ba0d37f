#include "overhead/harness/gathered.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace hopcost::overhead {

using loadgen::Metric;

namespace {

constexpr double kLongestS = 1e6;        // a figure beyond is none
constexpr double kLongestUptimeS = 1e9;  // a time beyond is since 1970

}  // namespace

void Gathered::add(const Stated& request) {
  auto& counters = run_.counters;
  counters.sent += request.times;
  counters.requests_total += request.times;
  if (!request.error.empty() || !request.e2e) {
    constexpr auto kFailed = static_cast<std::size_t>(loadgen::Failure::invalid_reply);
    counters.failures[kFailed] += request.times;
    if (run_.failure_samples[kFailed].empty()) run_.failure_samples[kFailed] = request.error;
    return;
  }
  counters.ok += request.times;
  counters.completed_in_window += request.times;
  record(Metric::e2e, *request.e2e, request.times);
  if (request.ttft) record(Metric::ttft, *request.ttft, request.times);
  double sum = 0;
  for (const double gap : request.gaps) {
    record(Metric::chunk_gap, gap, request.times);
    sum += gap;
  }
  if (!request.gaps.empty()) {
    counters.chunks += (request.gaps.size() + 1) * request.times;
    record(Metric::itl, sum / static_cast<double>(request.gaps.size()), request.times);
  } else if (request.mean_gap) {
    record(Metric::itl, *request.mean_gap, request.times);
  }
}

void Gathered::span(double start_s, double end_s) {
  first_s_ = std::min(first_s_, start_s);
  last_s_ = std::max(last_s_, end_s);
}

Result<loadgen::RunResult> Gathered::result(const std::string& name) {
  const double seconds = window_s_.value_or(last_s_ - first_s_);
  if (run_.counters.sent == 0) return fail(ErrorCode::protocol, "tells of no request", name);
  if (!(seconds > 0) || seconds > kLongestS) {
    return fail(ErrorCode::protocol, "does not say how long it was measured", name);
  }
  run_.measured_ns = static_cast<Nanos>(std::llround(seconds * 1e9));
  if (first_s_ < kLongestUptimeS) {
    run_.start_ns = static_cast<Nanos>(std::llround(first_s_ * 1e9));
  } else if (std::isfinite(first_s_)) {
    const double ago_s = static_cast<double>(epoch_now_ns()) / 1e9 - first_s_;
    run_.start_ns = now_ns() - static_cast<Nanos>(std::llround(ago_s * 1e9));
  }
  return std::move(run_);
}

void Gathered::record(Metric metric, double seconds, std::uint64_t times) {
  if (!(seconds >= 0) || seconds > kLongestS) return;
  run_.metrics[metric].record(std::llround(seconds * 1e9), times);
}

}  // namespace hopcost::overhead
