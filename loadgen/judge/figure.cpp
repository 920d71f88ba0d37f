#include "loadgen/judge/figure.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "common/units.hpp"

namespace hopcost::loadgen {
namespace {

constexpr double kZ = 1.959964;  // 95 % of a normal distribution lie within so many deviations

using Value = std::optional<double>;

struct Whole {
  std::string_view name;
  Figure::Unit unit;
  Value (*value)(const Measurement&);
};

Value share(std::uint64_t part, std::uint64_t of) {
  if (of == 0) return {};
  return static_cast<double>(part) / static_cast<double>(of);
}

Value rate(const Measurement& result, double per_s) {
  if (result.measured_ns <= 0) return {};
  return per_s;
}

constexpr std::array kWholes{
    Whole{"errors", Figure::Unit::share,
          [](const Measurement& r) { return share(r.counters.failed(), r.counters.sent); }},
    Whole{"success", Figure::Unit::share,
          [](const Measurement& r) { return share(r.counters.ok, r.counters.sent); }},
    Whole{"goodput", Figure::Unit::share,
          [](const Measurement& r) { return share(r.attainment.all, r.counters.sent); }},
    Whole{"backlog", Figure::Unit::share,
          [](const Measurement& r) {
            return share(r.not_answered_yet, r.counters.sent + r.not_answered_yet);
          }},
    Whole{"requests_per_s", Figure::Unit::rate,
          [](const Measurement& r) { return rate(r, r.requests_per_s()); }},
    Whole{"chunks_per_s", Figure::Unit::rate,
          [](const Measurement& r) { return rate(r, r.chunks_per_s()); }},
    Whole{"output_tokens_per_s", Figure::Unit::rate,
          [](const Measurement& r) { return rate(r, r.output_tokens_per_s()); }},
    Whole{"failed", Figure::Unit::count,
          [](const Measurement& r) { return Value(static_cast<double>(r.counters.failed())); }},
    Whole{"unsent", Figure::Unit::count,
          [](const Measurement& r) { return Value(static_cast<double>(r.counters.unsent)); }}};

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (ec != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return {};
  return value;
}

std::string names() {
  std::string all = "a metric with .mean, .min, .max or .p50 and the like (metrics:";
  for (const auto name : kMetricNames) all += fmt::format(" {}", name);
  all += "), or one of:";
  for (const auto& whole : kWholes) all += fmt::format(" {}", whole.name);
  return all;
}

/// Ranks of the order statistics between which the q-quantile lies.
Range order_statistics(const Histogram& histogram, double q) {
  const auto n = static_cast<double>(histogram.count());
  const double spread = kZ * std::sqrt(n * q * (1 - q));
  const double low = std::floor(n * q - spread);      // of 1 to n
  const double high = std::ceil(n * q + spread) + 1;  // of 1 to n
  const auto at = [&](double rank) {
    return histogram.quantile(n > 1 ? (rank - 1) / (n - 1) : 0).value_or(0);
  };
  return {low < 1 ? 0 : at(low), high > n ? std::numeric_limits<double>::infinity() : at(high)};
}

/// Wilson's score interval.
Range wilson(double share, double n) {
  const double zz = kZ * kZ / n;
  const double middle = (share + zz / 2) / (1 + zz);
  const double half = kZ * std::sqrt(share * (1 - share) / n + zz / (4 * n)) / (1 + zz);
  return {std::max(0.0, middle - half), std::min(1.0, middle + half)};
}

}  // namespace

std::optional<Metric> metric_named(std::string_view name) {
  const auto found = std::ranges::find(kMetricNames, name);
  if (found == kMetricNames.end()) return {};
  return static_cast<Metric>(found - kMetricNames.begin());
}

Result<Figure> Figure::parse(std::string_view name) {
  Figure figure;
  figure.name_ = name;
  const auto whole = std::ranges::find(kWholes, name, &Whole::name);
  if (whole != kWholes.end()) {
    figure.whole_ = static_cast<std::size_t>(whole - kWholes.begin());
    figure.unit_ = whole->unit;
    return figure;
  }
  const auto unknown = [&] {
    return fail(ErrorCode::usage, fmt::format("'{}' is no figure: it is {}", name, names()));
  };
  const auto dot = name.find('.');
  const auto metric = metric_named(name.substr(0, dot));
  if (dot == std::string_view::npos || !metric) return unknown();
  figure.metric_ = *metric;
  const auto statistic = name.substr(dot + 1);
  if (statistic == "mean") {
    figure.statistic_ = Statistic::mean;
  } else if (statistic == "min") {
    figure.statistic_ = Statistic::min;
  } else if (statistic == "max") {
    figure.statistic_ = Statistic::max;
  } else {
    const auto percent = statistic.starts_with('p') ? number(statistic.substr(1)) : Value();
    if (!percent || *percent <= 0 || *percent >= 100) return unknown();
    figure.statistic_ = Statistic::quantile;
    figure.quantile_ = *percent / 100;
  }
  return figure;
}

std::optional<double> Figure::value(const Measurement& result) const {
  if (statistic_ == Statistic::none) return kWholes[whole_].value(result);
  const auto& histogram = result.metrics[metric_];
  if (histogram.count() == 0) return {};
  switch (statistic_) {
    case Statistic::mean:
      return histogram.mean();
    case Statistic::min:
      return static_cast<double>(histogram.min());
    case Statistic::max:
      return static_cast<double>(histogram.max());
    default:
      return histogram.quantile_if_supported(quantile_);
  }
}

std::optional<Range> Figure::range(const Measurement& result) const {
  if (statistic_ == Statistic::quantile) {
    const auto& histogram = result.metrics[metric_];
    const bool pooled = metric_ == Metric::chunk_gap || metric_ == Metric::chunk_transit;
    if (histogram.count() == 0 || pooled) return {};
    return order_statistics(histogram, quantile_);
  }
  const auto now = value(result);
  if (unit_ != Unit::share || !now) return {};
  return wilson(*now, static_cast<double>(result.counters.sent));
}

Result<double> Figure::parse_value(std::string_view text) const {
  if (unit_ == Unit::time) {
    const auto ns = parse_duration(text);
    if (!ns) return std::unexpected(ns.error());
    return static_cast<double>(*ns);
  }
  double scale = 1;
  auto digits = text;
  if (unit_ == Unit::share && digits.ends_with('%')) {
    digits.remove_suffix(1);
    scale = 0.01;
  } else if (unit_ == Unit::rate && digits.ends_with("/s")) {
    digits.remove_suffix(2);
  }
  const auto value = number(digits);
  const double most = unit_ == Unit::share ? 1 : std::numeric_limits<double>::infinity();
  if (!value || *value < 0 || *value * scale > most) {
    constexpr std::array kForms{"a time such as 500ms", "a share such as 1% or 0.01",
                                "a rate such as 100/s", "a count"};
    return fail(ErrorCode::usage, fmt::format("'{}' is not {}, as {} needs", text,
                                              kForms[static_cast<std::size_t>(unit_)], name_));
  }
  return *value * scale;
}

std::string Figure::text_of(double value) const {
  switch (unit_) {
    case Unit::time:
      return format_duration(value);
    case Unit::share:
      return fmt::format("{:.2f} %", 100 * value);
    case Unit::rate:
      return fmt::format("{:.1f}/s", value);
    default:
      return fmt::format("{}", value);
  }
}

}  // namespace hopcost::loadgen
