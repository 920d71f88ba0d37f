#include "common/histogram.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include <nlohmann/json.hpp>

namespace hopcost {

std::uint64_t Histogram::lower_of(std::size_t index) {
  if (index < 2 * kSub) return index;
  const auto shift = (index >> kBits) - 1;
  return ((index & (kSub - 1)) + kSub) << shift;
}

std::uint64_t Histogram::width_of(std::size_t index) {
  return index < 2 * kSub ? 1 : std::uint64_t{1} << ((index >> kBits) - 1);
}

void Histogram::grow(std::size_t index) {
  counts_.resize(std::max<std::size_t>(index + kSub, counts_.size() + counts_.size() / 2));
}

void Histogram::merge(const Histogram& other) {
  if (other.counts_.size() > counts_.size()) counts_.resize(other.counts_.size());
  for (std::size_t i = 0; i < other.counts_.size(); ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  sum_ += other.sum_;
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
}

void Histogram::merge(const Compact& other) {
  if (other.buckets.empty()) return;
  const std::size_t last = other.buckets.back().first;
  if (last >= counts_.size()) grow(last);
  for (const auto& [index, count] : other.buckets) counts_[index] += count;
  count_ += other.count;
  sum_ += other.sum;
  min_ = std::min(min_, other.min);
  max_ = std::max(max_, other.max);
}

Histogram::Compact Histogram::compact() const {
  Compact out{{}, count_, min_, max_, sum_};
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    if (counts_[i] != 0) out.buckets.emplace_back(static_cast<std::uint32_t>(i), counts_[i]);
  }
  return out;
}

void Histogram::clear() {
  std::ranges::fill(counts_, 0);
  count_ = 0;
  min_ = UINT64_MAX;
  max_ = 0;
  sum_ = 0;
}

double Histogram::mean() const {
  return count_ == 0 ? 0.0 : sum_ / static_cast<double>(count_);
}

double Histogram::deviation() const {
  if (count_ < 2) return 0;
  double squares = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    if (counts_[i] == 0) continue;
    const double middle =
        static_cast<double>(lower_of(i)) + static_cast<double>(width_of(i) - 1) / 2;
    squares += static_cast<double>(counts_[i]) * (middle - mean()) * (middle - mean());
  }
  return std::sqrt(squares / static_cast<double>(count_));
}

double Histogram::order_statistic(double rank) const {
  if (rank <= 0) return static_cast<double>(min_);
  if (rank >= static_cast<double>(count_ - 1)) return static_cast<double>(max_);
  // Samples of one bucket are taken to lie evenly in it.
  std::uint64_t before = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    const auto here = counts_[i];
    if (here == 0) continue;
    if (rank < static_cast<double>(before + here)) {
      const double inside = (rank - static_cast<double>(before) + 0.5) / static_cast<double>(here);
      const auto width = width_of(i);
      const double value =
          width == 1 ? static_cast<double>(lower_of(i))
                     : static_cast<double>(lower_of(i)) + inside * static_cast<double>(width);
      return std::clamp(value, static_cast<double>(min_), static_cast<double>(max_));
    }
    before += here;
  }
  return static_cast<double>(max_);
}

std::optional<double> Histogram::quantile(double q) const {
  if (count_ == 0) return std::nullopt;
  const double rank = std::clamp(q, 0.0, 1.0) * static_cast<double>(count_ - 1);
  const double whole = std::floor(rank);
  const double low = order_statistic(whole);
  if (rank == whole) return low;
  return low + (rank - whole) * (order_statistic(whole + 1) - low);
}

std::optional<double> Histogram::quantile_if_supported(double q, std::uint64_t beyond) const {
  const double past = (1 - q) * static_cast<double>(count_);
  if (past + 1e-9 < static_cast<double>(beyond)) return std::nullopt;
  return quantile(q);
}

std::uint64_t Histogram::count_above(double value) const {
  if (!(value < static_cast<double>(max_))) return 0;  // the rest fits the conversion below
  const std::size_t first = index_of(static_cast<std::uint64_t>(std::max(0.0, value))) + 1;
  std::uint64_t total = 0;
  for (std::size_t i = first; i < counts_.size(); ++i) total += counts_[i];
  return total;
}

Result<Histogram> Histogram::from_json(const nlohmann::json& json) {
  const auto wrong = [](const char* what) {
    return fail(ErrorCode::usage, std::string("a histogram's ") + what);
  };
  constexpr std::uint64_t kMost = std::uint64_t{1} << 62U;
  const auto number = [&json](const char* name) -> std::optional<std::uint64_t> {
    const auto at = json.find(name);
    if (at == json.end() || !at->is_number_unsigned() || at->get<std::uint64_t>() > kMost)
      return {};
    return at->get<std::uint64_t>();
  };
  if (!json.is_object()) return wrong("object is missing");
  const auto count = number("count");
  const auto min = number("min");
  const auto max = number("max");
  const auto mean = json.find("mean");
  const auto buckets = json.find("buckets");
  if (!count || !min || !max || *min > *max) return wrong("count, min or max is wrong");
  if (mean == json.end() || !mean->is_number()) return wrong("mean is no number");
  if (buckets == json.end() || !buckets->is_array()) return wrong("buckets are no list");
  Histogram out;
  for (const auto& bucket : *buckets) {
    if (!bucket.is_array() || bucket.size() != 3)
      return wrong("bucket is not [lower, width, count]");
    for (const auto& value : bucket) {
      if (!value.is_number_unsigned() || value.get<std::uint64_t>() > kMost) {
        return wrong("bucket is not [lower, width, count]");
      }
    }
    const auto width = bucket[1].get<std::uint64_t>();
    const auto middle =
        bucket[0].get<std::uint64_t>() + (width - std::min<std::uint64_t>(width, 1)) / 2;
    out.record(static_cast<std::int64_t>(std::clamp(middle, *min, *max)),
               bucket[2].get<std::uint64_t>());
  }
  if (out.count_ != *count) return wrong("count is not the sum of its buckets");
  if (*count == 0) return out;
  out.min_ = *min;
  out.max_ = *max;
  out.sum_ = mean->get<double>() * static_cast<double>(*count);
  return out;
}

nlohmann::json Histogram::to_json(int bits) const {
  auto buckets = nlohmann::json::array();
  // Space beyond the largest value holds nothing, and its bounds might not fit 64 bits.
  const std::size_t end = std::min(counts_.size(), index_of(max_) + 1);
  std::size_t i = 0;
  while (i < end) {
    const auto lower = lower_of(i);
    auto width = width_of(i);
    while (((width * 2) << bits) <= lower && lower % (width * 2) == 0) width *= 2;
    std::uint64_t count = 0;
    for (; i < end && lower_of(i) < lower + width; ++i) count += counts_[i];
    if (count != 0) buckets.push_back({lower, width, count});
  }
  return {
      {"count", count_}, {"min", min()}, {"max", max()}, {"mean", mean()}, {"buckets", buckets}};
}

}  // namespace hopcost
