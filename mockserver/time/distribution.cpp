#include "mockserver/time/distribution.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <utility>

#include <boost/random/gamma_distribution.hpp>
#include <boost/random/normal_distribution.hpp>

namespace hopcost::mockserver {
namespace {

/// The standard normal's 99th percentile.
constexpr double kZ99 = 2.3263478740408408;
constexpr double kNoBound = static_cast<double>(kLongestDelay);

/// The value at percentile `p`.
double interpolate(const std::vector<Distribution::Quantile>& table, double p) {
  const auto above = std::lower_bound(
      table.begin(), table.end(), p,
      [](const Distribution::Quantile& entry, double at) { return entry.first < at; });
  if (above == table.begin()) return table.front().second;
  if (above == table.end()) return table.back().second;
  const auto below = above - 1;
  const double part = (p - below->first) / (above->first - below->first);
  return below->second + part * (above->second - below->second);
}

/// The area below the table's line: the mean of what is drawn from it.
double mean_of(const std::vector<Distribution::Quantile>& table) {
  double sum = table.front().first * table.front().second;
  for (std::size_t i = 1; i < table.size(); ++i) {
    const double width = table[i].first - table[i - 1].first;
    sum += width * (table[i].second + table[i - 1].second) / 2;
  }
  sum += (100 - table.back().first) * table.back().second;
  return sum / 100;
}

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

}  // namespace

struct Distribution::Table {
  std::vector<Quantile> quantiles;
  std::vector<double> values;
  std::atomic<std::uint64_t> next{0};  ///< of a trace in order; a draw needs no order among threads
};

void Distribution::bound(double min, double max) {
  min_ = min;
  max_ = max;
}

Distribution Distribution::constant(double value) {
  Distribution d;
  d.first_ = value;
  d.bound(value, value);
  return d;
}

Distribution Distribution::uniform(double min, double max) {
  Distribution d;
  d.kind_ = Kind::uniform;
  d.first_ = min;
  d.second_ = max;
  d.bound(min, max);
  return d;
}

Distribution Distribution::normal(double mean, double stddev) {
  Distribution d;
  d.kind_ = Kind::normal;
  d.first_ = mean;
  d.second_ = stddev;
  d.bound(0, kNoBound);
  return d;
}

Distribution Distribution::lognormal(double mean, double stddev) {
  Distribution d;
  d.kind_ = Kind::lognormal;
  d.first_ = mean;
  d.second_ = stddev;
  const double ratio = stddev / mean;
  const double variance = std::log1p(ratio * ratio);
  d.location_ = std::log(mean) - variance / 2;
  d.scale_ = std::sqrt(variance);
  d.bound(0, kNoBound);
  return d;
}

Distribution Distribution::lognormal_quantiles(double p50, double p99) {
  Distribution d;
  d.kind_ = Kind::lognormal;
  d.spread_ = Spread::quantiles;
  d.first_ = p50;
  d.second_ = p99;
  d.location_ = std::log(p50);
  d.scale_ = std::log(p99 / p50) / kZ99;
  d.bound(0, kNoBound);
  return d;
}

Distribution Distribution::gamma(double mean, Spread kind, double spread) {
  Distribution d;
  d.kind_ = Kind::gamma;
  d.spread_ = kind;
  d.first_ = mean;
  d.second_ = spread;
  double shape = spread;
  if (kind != Spread::shape) {
    const double cv = kind == Spread::cv ? spread : spread / mean;
    shape = 1 / (cv * cv);
  }
  d.location_ = shape;
  d.scale_ = mean / shape;
  d.bound(0, kNoBound);
  return d;
}

Distribution Distribution::percentiles(std::vector<Quantile> table) {
  Distribution d;
  d.kind_ = Kind::percentiles;
  d.bound(table.front().second, table.back().second);
  d.table_ = std::make_shared<Table>();
  d.table_->quantiles = std::move(table);
  return d;
}

Distribution Distribution::trace(std::vector<double> values, Order order) {
  Distribution d;
  d.kind_ = Kind::trace;
  d.order_ = order;
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  d.bound(*least, *most);
  d.table_ = std::make_shared<Table>();
  d.table_->values = std::move(values);
  return d;
}

Distribution Distribution::clipped(std::optional<double> min, std::optional<double> max) const {
  Distribution d = *this;
  d.asked_min_ = min;
  d.asked_max_ = max;
  const double low = min.value_or(0);
  const double high = max.value_or(kNoBound);
  d.bound(std::clamp(min_, low, high), std::clamp(max_, low, high));
  if (d.kind_ == Kind::constant) d.first_ = d.clip(d.first_);
  return d;
}

Distribution Distribution::whole(double lo, double hi) const {
  Distribution d = *this;
  d.whole_ = true;
  d.bound(std::clamp(min_, lo, hi), std::clamp(max_, lo, hi));
  return d;
}

double Distribution::settle(double value) const {
  const double inside = clip(value);
  return whole_ ? std::floor(inside + 0.5) : inside;
}

double Distribution::draw_raw(Random& random) const {
  switch (kind_) {
    case Kind::constant:
      break;
    case Kind::uniform:
      if (whole_) return first_ + std::floor((second_ - first_ + 1) * random.uniform());
      return first_ + (second_ - first_) * random.uniform();
    case Kind::normal:
      return boost::random::normal_distribution<double>(first_, second_)(random);
    case Kind::lognormal:
      return std::exp(boost::random::normal_distribution<double>(location_, scale_)(random));
    case Kind::gamma:
      return boost::random::gamma_distribution<double>(location_, scale_)(random);
    case Kind::percentiles:
      return interpolate(table_->quantiles, 100 * random.uniform());
    case Kind::trace: {
      const auto size = static_cast<double>(table_->values.size());
      return value_at(order_ == Order::random
                          ? static_cast<std::uint64_t>(random.uniform() * size)
                          : table_->next.fetch_add(1, std::memory_order_relaxed));
    }
  }
  return first_;
}

double Distribution::value_at(std::uint64_t index) const {
  return table_->values[index % table_->values.size()];
}

double Distribution::sample_at(std::uint64_t index, Random& random) const {
  if (kind_ != Kind::trace || order_ != Order::sequence) return sample(random);
  return settle(value_at(index));
}

double Distribution::raw_mean() const {
  switch (kind_) {
    case Kind::uniform:
      return (first_ + second_) / 2;
    case Kind::lognormal:
      return spread_ == Spread::quantiles ? std::exp(location_ + scale_ * scale_ / 2) : first_;
    case Kind::percentiles:
      return mean_of(table_->quantiles);
    case Kind::trace:
      return mean_of(table_->values);
    case Kind::constant:
    case Kind::normal:
    case Kind::gamma:
      break;
  }
  return first_;
}

double Distribution::mean() const {
  return clip(raw_mean());
}

const std::vector<Distribution::Quantile>& Distribution::quantiles() const {
  static const std::vector<Quantile> none;
  return table_ ? table_->quantiles : none;
}

const std::vector<double>& Distribution::values() const {
  static const std::vector<double> none;
  return table_ ? table_->values : none;
}

bool operator==(const Distribution& a, const Distribution& b) {
  return a.kind_ == b.kind_ && a.spread_ == b.spread_ && a.order_ == b.order_ &&
         a.whole_ == b.whole_ && a.first_ == b.first_ && a.second_ == b.second_ &&
         a.min_ == b.min_ && a.max_ == b.max_ && a.asked_min_ == b.asked_min_ &&
         a.asked_max_ == b.asked_max_ && a.quantiles() == b.quantiles() && a.values() == b.values();
}

}  // namespace hopcost::mockserver
