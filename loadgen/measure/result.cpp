#include "loadgen/measure/result.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace hopcost::loadgen {

double Measurement::per_s(double count) const {
  return measured_ns <= 0 ? 0.0 : count / length_s();
}

double Measurement::requests_per_s() const {
  return per_s(static_cast<double>(counters.completed_in_window));
}

double Measurement::chunks_per_s() const {
  return per_s(static_cast<double>(counters.chunks));
}

double Measurement::output_tokens_per_s() const {
  return per_s(static_cast<double>(counters.output_tokens));
}

void Measurement::merge(const Measurement& other) {
  Tally::merge(other);
  if (other.start_ns != 0) {
    start_ns = start_ns == 0 ? other.start_ns : std::min(start_ns, other.start_ns);
  }
  measured_ns = std::max(measured_ns, other.measured_ns);
  offered_per_s += other.offered_per_s;
}

std::string StageResult::name() const {
  return concurrency > 0 ? fmt::format("concurrent@{}", concurrency)
                         : fmt::format("constant@{}", rate_per_s);
}

void RunResult::merge(const RunResult& other) {
  Measurement::merge(other);
  generator_busy_share = std::max(generator_busy_share, other.generator_busy_share);
  generator_cpu_ns += other.generator_cpu_ns;
  cut_short = cut_short || other.cut_short;
  if (stopped_by.empty()) stopped_by = other.stopped_by;
  for (const auto& theirs : other.stages) {
    const auto position = static_cast<std::size_t>(&theirs - other.stages.data());
    if (position == stages.size()) {
      stages.push_back(theirs);
      continue;
    }
    auto& ours = stages[position];
    ours.rate_per_s += theirs.rate_per_s;
    ours.concurrency += theirs.concurrency;
    ours.measured.merge(theirs.measured);
    merge_seconds(ours.seconds, theirs.seconds);
  }
  for (const auto& theirs : other.labels) {
    const auto same = std::ranges::find_if(labels, [&](const LabelResult& ours) {
      return ours.dimension == theirs.dimension && ours.name == theirs.name;
    });
    if (same == labels.end()) {
      labels.push_back(theirs);
    } else {
      same->measured.merge(theirs.measured);
    }
  }
  merge_seconds(seconds, other.seconds);
  requests.merge(other.requests);
}

void RunResult::append(const RunResult& later) {
  const Nanos length = measured_ns + later.measured_ns;
  const double offered = measured_ns == 0 ? later.offered_per_s : offered_per_s;
  auto all = std::exchange(seconds, {});
  merge(later);
  measured_ns = length;
  offered_per_s = offered;
  all.insert(all.end(), seconds.begin(), seconds.end());
  seconds = std::move(all);
}

}  // namespace hopcost::loadgen
