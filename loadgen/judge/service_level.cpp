#include "loadgen/judge/service_level.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "common/units.hpp"

namespace hopcost::loadgen {
namespace {

struct NamedSet {
  std::string_view name;
  std::string_view objectives;
  std::string_view targets;
};

constexpr std::array kSets{
    NamedSet{"mlperf-interactive", "ttft=500ms,tpot=30ms", "ttft.p95<=500ms,tpot.p95<=30ms"},
    NamedSet{"mlperf-standard", "ttft=2s,tpot=100ms", "ttft.p95<=2s,tpot.p95<=100ms"},
    NamedSet{"production", "", "success>=99.9%"}, NamedSet{"testing", "", "success>=95%"}};

/// Metrics that every request has at most one value of.
constexpr std::array kOfARequest{Metric::ttfb,
                                 Metric::ttfc,
                                 Metric::ttft,
                                 Metric::itl,
                                 Metric::tpot,
                                 Metric::ntpot,
                                 Metric::e2e,
                                 Metric::ttft_from_intended,
                                 Metric::e2e_from_intended};

/// Calls `take` with each part of a list; the first Error ends it.
template <class Take>
Result<void> each_of(std::string_view list, Take&& take) {
  while (!list.empty()) {
    const auto comma = list.find(',');
    if (const auto taken = take(list.substr(0, comma)); !taken) {
      return std::unexpected(taken.error());
    }
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
  }
  return {};
}

Result<void> add_objective(std::string_view text, ServiceLevel& level) {
  const auto equals = text.find('=');
  const auto metric = metric_named(text.substr(0, equals));
  if (equals == std::string_view::npos || !metric ||
      std::ranges::find(kOfARequest, *metric) == kOfARequest.end()) {
    std::string names;
    for (const auto known : kOfARequest) names += fmt::format(" {}", metric_name(known));
    std::string sets;
    for (const auto& set : kSets) sets += fmt::format(" {}", set.name);
    return fail(ErrorCode::usage,
                fmt::format("'{}' is neither METRIC=TIME (metrics:{}) nor a set (sets:{})", text,
                            names, sets));
  }
  const auto at_most = parse_duration(text.substr(equals + 1));
  if (!at_most) return std::unexpected(at_most.error());
  level.objectives.push_back({*metric, *at_most});
  return {};
}

}  // namespace

Result<void> add_service_level(std::string_view text, ServiceLevel& level) {
  return each_of(text, [&](std::string_view part) -> Result<void> {
    const auto set = std::ranges::find(kSets, part, &NamedSet::name);
    if (part.find_first_of("<>") != std::string_view::npos) {
      const auto target = parse_threshold(part);
      if (!target) return std::unexpected(target.error());
      level.targets.push_back(*target);
      return {};
    }
    if (set == kSets.end()) return add_objective(part, level);
    const auto added = each_of(set->objectives, [&](std::string_view objective) {
      return add_objective(objective, level);
    });
    if (!added) return added;
    return each_of(set->targets, [&](std::string_view target) -> Result<void> {
      const auto threshold = parse_threshold(target);
      if (!threshold) return std::unexpected(threshold.error());
      level.targets.push_back(*threshold);
      return {};
    });
  });
}

}  // namespace hopcost::loadgen
