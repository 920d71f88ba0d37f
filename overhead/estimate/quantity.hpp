#pragma once

#include <map>
#include <string>

#include "loadgen/measure/result.hpp"
#include "overhead/plan/experiment.hpp"

namespace hopcost::overhead {

/// What one pass says about one quantity, by name: "e2e.p50", "ttft.p99", "chunk_transit.mean"
/// (ns), "requests_per_s". A quantile with fewer than 10 samples beyond it is absent, not guessed.
using Quantities = std::map<std::string, double>;

[[nodiscard]] Quantities quantities_of(const loadgen::RunResult& run);

/// Whether more of it is better: "requests_per_s", "chunks_per_s".
[[nodiscard]] inline bool is_rate(const std::string& quantity) {
  return quantity.ends_with("_per_s");
}

/// The quantity a cell's verdict rests on: end to end for plain replies, time to first token for
/// streams.
[[nodiscard]] const char* headline(Mode mode);
/// The cost of one streamed chunk: its way from the backend's write to the client's read.
inline constexpr const char* kPerChunk = "chunk_transit.p50";

/// The time that the stack states in its replies.
inline constexpr const char* kServerTime = "server_time.p50";

/// CPU time of the stack's process trees over the requests, and over the chunks, of a pass, in ns.
inline constexpr const char* kCpuPerRequest = "cpu_per_request";
inline constexpr const char* kCpuPerChunk = "cpu_per_chunk";
[[nodiscard]] inline bool is_cost(const std::string& quantity) {
  return quantity == kCpuPerRequest || quantity == kCpuPerChunk;
}

}  // namespace hopcost::overhead
