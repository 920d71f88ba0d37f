#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "loadgen/judge/figure.hpp"
#include "loadgen/record.hpp"

namespace hopcost::loadgen {

/// The metrics that summaries and trackers show, where they have samples.
inline constexpr std::array kHeadlineMetrics{Metric::ttft, Metric::tpot, Metric::chunk_gap,
                                             Metric::e2e, Metric::e2e_from_intended};

/// A percentile that a tracker follows from run to run.
struct Headline {
  std::string metric;    ///< "ttft"
  std::string quantile;  ///< "p50"
  double ns = 0;
  std::optional<Range> range;
  std::uint64_t count = 0;
};

/// p50 and p99 of the headline metrics, as far as the run can tell them; none of a run that is not
/// valid, whose figures must not become anybody's history.
[[nodiscard]] std::vector<Headline> headlines(const RunRecord& record);

}  // namespace hopcost::loadgen
