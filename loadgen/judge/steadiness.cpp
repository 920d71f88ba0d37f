#include "loadgen/judge/steadiness.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <span>

#include <fmt/format.h>

#include "common/units.hpp"

namespace hopcost::loadgen {
namespace {

using Verdict = Steadiness::Verdict;
using Half = Steadiness::Half;

constexpr std::size_t kLeastSeconds = 10;
constexpr double kAboutTheSame = 1.25;

std::optional<Half> half_of(std::span<const Second> seconds, Metric metric, const Figure& figure) {
  const auto at =
      static_cast<std::size_t>(std::ranges::find(kSeriesMetrics, metric) - kSeriesMetrics.begin());
  Measurement measured;
  for (const auto& second : seconds) measured.metrics[metric].merge(second.times[at]);
  const auto value = figure.value(measured);
  const auto range = figure.range(measured);
  if (!value || !range || range->low <= 0 || std::isinf(range->high)) return std::nullopt;
  return Half{*value, *range};
}

Verdict verdict_of(const Half& first, const Half& second) {
  const double low = second.range.low / first.range.high;
  const double high = second.range.high / first.range.low;
  if (low >= 1 / kAboutTheSame && high <= kAboutTheSame) return Verdict::steady;
  if (low > 1) return Verdict::grows;
  return high < 1 ? Verdict::falls : Verdict::undecided;
}

/// Seconds of the window in which users still begin.
std::size_t until_all_are_there(const Options& options) {
  const Nanos left = until_all_begin(options.concurrency, options.spawn_per_s) - options.warmup;
  return left <= 0 ? 0 : static_cast<std::size_t>((left + kSecond - 1) / kSecond);
}

std::optional<Steadiness> compare_halves(const Options& options, const std::string& load,
                                         const std::vector<Second>& seconds, Nanos measured_ns,
                                         std::size_t from) {
  const auto whole = std::min(seconds.size(), static_cast<std::size_t>(measured_ns / kSecond));
  if (whole < from + kLeastSeconds) return std::nullopt;
  const Metric metric = options.stream ? Metric::ttft : Metric::e2e;
  Steadiness found;
  found.load = load;
  found.figure = fmt::format("{}.p95", metric_name(metric));
  const auto figure = Figure::parse(found.figure);
  if (!figure) return std::nullopt;
  const std::span<const Second> all(seconds.data() + from, whole - from);
  const auto middle = all.size() / 2;
  const auto first = half_of(all.first(middle), metric, *figure);
  const auto second = half_of(all.subspan(middle), metric, *figure);
  if (!first || !second) return std::nullopt;
  found.first = *first;
  found.second = *second;
  found.verdict = verdict_of(*first, *second);
  return found;
}

}  // namespace

std::string_view name_of(Verdict verdict) {
  constexpr std::array<std::string_view, 4> kNames{"steady", "grows", "falls", "undecided"};
  return kNames[static_cast<std::size_t>(verdict)];
}

std::vector<Steadiness> steadiness_of(const Options& options, const RunResult& result) {
  std::vector<Steadiness> all;
  const auto add = [&](const std::string& load, const std::vector<Second>& seconds, Nanos ns,
                       std::size_t from) {
    auto found = compare_halves(options, load, seconds, ns, from);
    if (found) all.push_back(std::move(*found));
  };
  if (result.stages.empty()) {
    add("", result.seconds, result.measured_ns, until_all_are_there(options));
  }
  // Levels count from when all are there.
  for (const auto& stage : result.stages) {
    add(stage.name(), stage.seconds, stage.measured.measured_ns, 0);
  }
  return all;
}

std::string text_of(const Steadiness& steadiness) {
  const auto half = [](const Half& one) {
    return fmt::format("{} [{}, {}]", format_duration(one.value), format_duration(one.range.low),
                       format_duration(one.range.high));
  };
  return fmt::format("{}{}{} {} in the first half, {} in the second: {}", steadiness.load,
                     steadiness.load.empty() ? "" : ": ", steadiness.figure, half(steadiness.first),
                     half(steadiness.second), name_of(steadiness.verdict));
}

}  // namespace hopcost::loadgen
