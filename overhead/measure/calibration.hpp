#pragma once

#include <optional>
#include <vector>

#include "overhead/gate/gate.hpp"
#include "overhead/measure/known_cost.hpp"
#include "overhead/measure/study.hpp"

namespace hopcost::overhead {

/// What to calibrate with, and how often.
struct CalibrateOptions {
  std::vector<KnownCost> costs;  ///< to be recovered
  bool buffering = true;         ///< also a proxy that holds streams back
  int restarts = 6;
  int rounds = 4;
  int null_intervals = 0;  ///< also this many intervals of baseline2 - baseline
};

struct Calibration {
  MachineFacts machine;
  Placement placement;
  std::uint64_t seed = 0;
  int restarts = 0;  ///< of the known costs, done
  std::vector<KnownCost> costs;
  std::optional<KnownBuffering> buffering;
  std::optional<Estimate> null;  ///< baseline2 - baseline of the same rounds
  std::vector<PassRecord> passes;
  int repeated_pairs = 0;
  std::vector<Estimate> null_intervals;
  int nulls_excluding_zero = 0;

  /// pass: every cost recovered, and no more null intervals beside zero than chance explains (a
  /// binomial of 5 %, 99 %); fail: one was not, or more; else no verdict.
  [[nodiscard]] Verdict verdict() const;
};

/// Stands the reference proxy up, drives it at concurrency 1 with and without costs that a header
/// asks for, all arms in the same rounds. What the proxy clocked is joined only after the estimates
/// are made.
[[nodiscard]] Result<Calibration> calibrate(const CalibrateOptions& options,
                                            const StudyContext& context);

}  // namespace hopcost::overhead
