#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "loadgen/judge/figure.hpp"
#include "loadgen/measure/result.hpp"
#include "loadgen/options.hpp"

namespace hopcost::loadgen {

/// Whether a load's 95th percentile stayed what it was: its second half against its first.
struct Steadiness {
  /// By the ratio of the two ranges: all of it within a quarter, above 1, below 1, or none of
  /// these.
  enum class Verdict { steady, grows, falls, undecided };
  /// What came of the figure in one half of the load's seconds.
  struct Half {
    double value = 0;  ///< ns
    Range range;       ///< as Figure::range
  };

  std::string load;    ///< of several loads its name; else empty
  std::string figure;  ///< "ttft.p95" of streams, "e2e.p95" of plain requests
  Half first;
  Half second;
  Verdict verdict = Verdict::undecided;
};
[[nodiscard]] std::string_view name_of(Steadiness::Verdict verdict);

/// Of each load that has at least ten whole seconds with all its users, and samples enough in both
/// halves.
[[nodiscard]] std::vector<Steadiness> steadiness_of(const Options& options,
                                                    const RunResult& result);

/// "concurrent@8: ttft.p95 20.1 ms [19.8 ms, 20.6 ms] in the first half, 20.3 ms [...] in the
/// second: steady"
[[nodiscard]] std::string text_of(const Steadiness& steadiness);

}  // namespace hopcost::loadgen
