#include "loadgen/measure/series.hpp"

#include <algorithm>
#include <utility>

namespace hopcost::loadgen {

void Second::merge(const Second& other) {
  sent += other.sent;
  ok += other.ok;
  failed += other.failed;
  chunks += other.chunks;
  output_tokens += other.output_tokens;
  in_flight += other.in_flight;
  for (std::size_t i = 0; i < times.size(); ++i) {
    Histogram sum;
    sum.merge(times[i]);
    sum.merge(other.times[i]);
    times[i] = sum.compact();
  }
}

void merge_seconds(std::vector<Second>& into, const std::vector<Second>& other) {
  into.resize(std::max(into.size(), other.size()));
  for (std::size_t i = 0; i < other.size(); ++i) into[i].merge(other[i]);
}

void Series::begin(Nanos start_ns) {
  *this = Series();
  next_ = start_ns + kSecond;
  last_ = start_ns;
}

void Series::close_second() {
  now_.in_flight = load_ns_ / static_cast<double>(kSecond);
  for (std::size_t i = 0; i < times_.size(); ++i) {
    if (times_[i].count() == 0) continue;
    now_.times[i] = times_[i].compact();
    times_[i].clear();
  }
  closed_.push_back(std::exchange(now_, {}));
  load_ns_ = 0;
}

void Series::roll(Nanos at) {
  while (at >= next_) {
    load_ns_ += static_cast<double>(next_ - last_) * static_cast<double>(in_flight_);
    last_ = next_;
    next_ += kSecond;
    close_second();
  }
}

void Series::sent(Nanos at) {
  advance(at);
  ++now_.sent;
  ++in_flight_;
}

void Series::ended_well(Nanos at, const Sample& sample, std::uint64_t output_tokens) {
  advance(at);
  --in_flight_;
  ++now_.ok;
  now_.output_tokens += output_tokens;
  for (std::size_t i = 0; i < times_.size(); ++i) {
    const auto metric = kSeriesMetrics[i];
    if (sample.has(metric)) times_[i].record(sample[metric]);
  }
}

void Series::ended_badly(Nanos at) {
  advance(at);
  --in_flight_;
  ++now_.failed;
}

void Series::chunks(Nanos at, std::uint64_t count) {
  advance(at);
  now_.chunks += count;
}

std::vector<Second> Series::take_ended(Nanos at) {
  advance(at);
  return std::exchange(closed_, {});
}

std::optional<Second> Series::take_last(Nanos at) {
  advance(at);
  if (now_.sent + now_.ok + now_.failed + now_.chunks == 0) return {};
  close_second();
  return std::exchange(closed_, {}).back();
}

}  // namespace hopcost::loadgen
