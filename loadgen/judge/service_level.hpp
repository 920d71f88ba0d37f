#pragma once

#include <string_view>
#include <vector>

#include "loadgen/judge/threshold.hpp"
#include "loadgen/measure/attainment.hpp"

namespace hopcost::loadgen {

/// What a service promises. Objectives are asked of each request, and their share is the goodput;
/// targets are asked of the whole run.
struct ServiceLevel {
  std::vector<Objective> objectives;
  std::vector<Threshold> targets;  ///< each has to be true

  [[nodiscard]] bool empty() const { return objectives.empty() && targets.empty(); }
};

/// Adds "ttft=500ms,e2e=5s" (objectives: metrics that a request has one value of),
/// "ttft.p95<=500ms,success>=99%" (targets), or a set by its name:
///
///   mlperf-interactive  ttft.p95 <= 500ms, tpot.p95 <= 30ms
///   mlperf-standard     ttft.p95 <= 2s, tpot.p95 <= 100ms
///   production          success >= 99.9%
///   testing             success >= 95%
///
/// The first two ask the same times of each request, so that there is a goodput. They are targets
/// in the style of MLPerf's as benchmark suites state them, not MLPerf's own rules.
Result<void> add_service_level(std::string_view text, ServiceLevel& level);

}  // namespace hopcost::loadgen
