#include "loadgen/compare/comparison.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <string_view>

#include <fmt/format.h>

namespace hopcost::loadgen {
namespace {

struct Wanted {
  std::string_view name;
  bool more_is_better;
};

/// Means too: short runs have no percentiles that can be told.
constexpr std::array kWanted{Wanted{"ttft.p50", false},
                             Wanted{"ttft.p95", false},
                             Wanted{"ttft.mean", false},
                             Wanted{"tpot.p50", false},
                             Wanted{"tpot.p95", false},
                             Wanted{"tpot.mean", false},
                             Wanted{"e2e.p50", false},
                             Wanted{"e2e.p95", false},
                             Wanted{"e2e.mean", false},
                             Wanted{"requests_per_s", true},
                             Wanted{"output_tokens_per_s", true},
                             Wanted{"success", true}};

Standing standing_of(const Figure& figure, const Contestant& contestant) {
  Standing standing;
  std::vector<double> values;
  for (const auto& run : contestant.runs) {
    const auto value = figure.value(run.result);
    if (!value) return standing;
    values.push_back(*value);
  }
  const auto n = static_cast<double>(values.size());
  standing.value = std::accumulate(values.begin(), values.end(), 0.0) / n;
  if (const auto mean = mean_of(values)) {
    standing.range = Range{std::max(0.0, mean->low), mean->high};
  } else if (values.size() == 1) {
    standing.range = figure.range(contestant.runs.front().result);
  }
  standing.each_run = std::move(values);
  return standing;
}

/// Whether the runs of `ours` are better than those of `theirs`, pair by pair.
bool is_better(const Standing& ours, const Standing& theirs, bool more_is_better) {
  const auto pairs = std::min(ours.each_run.size(), theirs.each_run.size());
  std::vector<double> gains;
  for (std::size_t i = 0; i < pairs; ++i) {
    const double more = ours.each_run[i] - theirs.each_run[i];
    gains.push_back(more_is_better ? more : -more);
  }
  const auto gain = mean_of(gains);
  return gain && gain->low > 0;
}

void find_best(ComparedFigure& compared) {
  const auto& all = compared.standings;
  const auto untold = std::ranges::find_if(all, [](const auto& one) { return !one.value; });
  if (untold != all.end()) {
    compared.why_not = "too few samples";
    return;
  }
  constexpr std::size_t kFewest = 3;
  const auto fewest =
      std::ranges::min(all, {}, [](const auto& one) { return one.each_run.size(); });
  if (fewest.each_run.size() < kFewest) {
    compared.why_not = fmt::format("{} run{} of each: 3 tell how much runs differ by themselves",
                                   fewest.each_run.size(), fewest.each_run.size() == 1 ? "" : "s");
    return;
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    bool beats_all = true;
    for (std::size_t j = 0; j < all.size(); ++j) {
      beats_all = beats_all && (i == j || is_better(all[i], all[j], compared.more_is_better));
    }
    if (beats_all) compared.best = i;
  }
  if (!compared.best) compared.why_not = "runs differ by as much";
}

}  // namespace

RunRecord Contestant::together() const {
  RunRecord all = runs.front();
  all.result.stages.clear();
  for (std::size_t i = 1; i < runs.size(); ++i) {
    auto later = runs[i].result;
    later.stages.clear();
    all.result.append(later);
  }
  if (runs.size() > 1) all.findings.clear();  // each run has its own
  all.judgement = judge(all.options, all.result);
  return all;
}

Result<Comparison> compare(std::vector<Contestant> contestants) {
  constexpr std::size_t kMost = 8;  // as many as a picture can tell apart
  if (contestants.size() < 2) return fail(ErrorCode::usage, "name two runs or more to compare");
  if (contestants.size() > kMost) {
    return fail(ErrorCode::usage,
                fmt::format("{} are too many to compare; 8 is the most", contestants.size()));
  }
  Comparison comparison;
  for (const auto& wanted : kWanted) {
    const auto figure = Figure::parse(wanted.name);
    if (!figure) return std::unexpected(figure.error());
    ComparedFigure compared{*figure, wanted.more_is_better, {}, {}, {}};
    for (const auto& one : contestants) compared.standings.push_back(standing_of(*figure, one));
    // What nobody has, such as the first token of plain replies, is no figure of these.
    const bool any = std::ranges::any_of(compared.standings,
                                         [](const auto& one) { return one.value.has_value(); });
    if (!any) continue;
    find_best(compared);
    comparison.figures.push_back(std::move(compared));
  }
  comparison.contestants = std::move(contestants);
  return comparison;
}

}  // namespace hopcost::loadgen
