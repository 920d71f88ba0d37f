#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "overhead/command/options.hpp"
#include "overhead/estimate/cell.hpp"
#include "overhead/measure/study.hpp"

namespace hopcost::overhead {

/// One known delay: what was asked of the proxy, what it says it really added, what we made of it.
struct DelayRow {
  Nanos asked_ns = 0;
  double truth_ns = 0;                ///< median as the proxy clocked it, mean over restarts
  std::optional<Estimate> recovered;  ///< overhead with the delay minus overhead without
  [[nodiscard]] double allowed_ns() const;
  [[nodiscard]] double error_ns() const;
  /// The interval is too wide to tell whether the error is within what is allowed.
  [[nodiscard]] bool undecided() const;
  [[nodiscard]] bool passed() const;
};

struct Calibration {
  MachineFacts machine;
  Placement placement;
  std::uint64_t seed = 0;
  std::vector<DelayRow> rows;
  std::optional<Estimate> null;  ///< baseline2 - baseline of the same rounds
  std::vector<PassRecord> passes;
  int repeated_pairs = 0;
  std::vector<Estimate> null_intervals;
  int nulls_excluding_zero = 0;
};

/// Stands the reference proxy up, drives it at concurrency 1 with and without delays that a header
/// asks for, all arms in the same rounds. The proxy's own clock is read only after the estimates
/// are made.
[[nodiscard]] Result<Calibration> calibrate(const CalibrateOptions& options,
                                            const StudyContext& context);

[[nodiscard]] std::string calibration_table(const Calibration& calibration);
[[nodiscard]] nlohmann::json to_json(const Calibration& calibration);

}  // namespace hopcost::overhead
