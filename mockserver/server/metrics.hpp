#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "common/clock.hpp"
#include "mockserver/admin/vllm_metrics.hpp"
#include "mockserver/fault/fault.hpp"
#include "mockserver/http/wire.hpp"
#include "mockserver/server/pacing_tally.hpp"

namespace hopcost::mockserver {

/// What one worker has counted. Written by its own thread only, so plain numbers do; others get
/// copies. "Requests" are calls of the API (chat completions), not admin, health, models, metrics.
struct Counters {
  std::uint64_t accepted = 0;  ///< connections
  std::uint64_t open = 0;      ///< connections, now
  std::uint64_t requests = 0;
  std::uint64_t in_flight = 0;  ///< requests, now
  std::uint64_t ok = 0;         ///< requests answered to the last byte
  std::uint64_t errors = 0;     ///< requests refused, or cut short by the server
  std::uint64_t stamped = 0;    ///< requests that carried a stamp
  std::uint64_t chunks = 0;     ///< content chunks of streams
  ByteCounts bytes;
  std::uint64_t disconnects = 0;  ///< requests whose client left before the answer's end
  std::uint64_t reused = 0;       ///< requests that were not the first of their connection
  std::uint64_t refused = 0;      ///< what was no request: malformed, too large, too slow, too many
  std::uint64_t timeouts = 0;     ///< those of them that were too slow
  std::array<std::uint64_t, kFaultKinds> faults{};  ///< requests that were given each fault

  /// Starts again from zero; what is open or in flight stays so.
  void reset();
  Counters& operator+=(const Counters& other);
};

struct WorkerSnapshot {
  Counters counters;
  PacingTally pacing;
  Nanos cpu_ns = 0;  ///< of the worker's thread
  std::vector<VllmModelMetrics> models;
};

/// The body of GET /__admin/stats.
[[nodiscard]] nlohmann::json stats_json(const std::vector<std::string>& models,
                                        const std::vector<WorkerSnapshot>& workers);

/// The body of GET /metrics, in Prometheus' text format.
[[nodiscard]] std::string prometheus_text(const std::vector<WorkerSnapshot>& workers);

/// The same workers under vLLM's names, summed by model.
[[nodiscard]] std::vector<VllmModelMetrics> merged_models(
    const std::vector<WorkerSnapshot>& workers);

}  // namespace hopcost::mockserver
