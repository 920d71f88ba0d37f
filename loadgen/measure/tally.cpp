#include "loadgen/measure/tally.hpp"

#include <algorithm>
#include <limits>

namespace hopcost::loadgen {

void Counters::merge(const Counters& other) {
  for (const auto& counter : kCounterNames) this->*counter.value += other.*counter.value;
  most_attempts = std::max(most_attempts, other.most_attempts);
  for (std::size_t i = 0; i < kFailures; ++i) failures[i] += other.failures[i];
}

double Counters::per_request(std::uint64_t in_whole_pass) const {
  return requests_total == 0
             ? 0.0
             : static_cast<double>(in_whole_pass) / static_cast<double>(requests_total);
}

double Tally::error_share() const {
  return counters.sent == 0
             ? 0.0
             : static_cast<double>(counters.failed()) / static_cast<double>(counters.sent);
}

double Tally::events_per_read() const {
  return counters.timely_reads == 0 ? 0.0
                                    : static_cast<double>(counters.timely_events) /
                                          static_cast<double>(counters.timely_reads);
}

std::optional<double> Tally::error_adjusted(Metric metric, double q) const {
  constexpr double kBeyond = 10;
  const auto& histogram = metrics[metric];
  const auto right = static_cast<double>(histogram.count());
  const double all = right + static_cast<double>(counters.failed());
  if (all * (1 - q) < kBeyond) return {};
  const double rank = q * (all - 1);
  if (rank > right - 1) return std::numeric_limits<double>::infinity();
  return histogram.quantile(right > 1 ? rank / (right - 1) : 0);
}

void Tally::fail(Failure failure, std::string_view message) {
  const auto kind = static_cast<std::size_t>(failure);
  ++counters.failures[kind];
  if (failure_samples[kind].empty()) failure_samples[kind] = message;
}

void Tally::merge(const Tally& other) {
  counters.merge(other.counters);
  metrics.merge(other.metrics);
  prompt_lengths.merge(other.prompt_lengths);
  output_lengths.merge(other.output_lengths);
  attainment.merge(other.attainment);
  for (std::size_t i = 0; i < kFailures; ++i) {
    if (failure_samples[i].empty()) failure_samples[i] = other.failure_samples[i];
  }
}

}  // namespace hopcost::loadgen
