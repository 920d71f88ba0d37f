#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "common/clock.hpp"
#include "mockserver/admin/bucket_histogram.hpp"

namespace hopcost::mockserver {

// The bucket bounds of vLLM (its version 1 engine), in seconds.
inline constexpr std::array kTtftBounds{0.001, 0.005, 0.01, 0.02, 0.04,  0.06,  0.08, 0.1,
                                        0.25,  0.5,   0.75, 1.0,  2.5,   5.0,   7.5,  10.0,
                                        20.0,  40.0,  80.0, 160., 640.0, 2560.0};
inline constexpr std::array kTokenGapBounds{0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2,
                                            0.3,  0.4,   0.5,  0.75,  1.0, 2.5,  5.0,
                                            7.5,  10.0,  20.0, 40.0,  80.0};
inline constexpr std::array kRequestBounds{0.3,  0.5,  0.8,  1.0,  1.5,   2.0,   2.5,
                                           5.0,  10.0, 15.0, 20.0, 30.0,  40.0,  50.0,
                                           60.0, 120., 240., 480., 960.0, 1920., 7680.0};

using TtftHistogram = BucketHistogram<kTtftBounds>;
using TokenGapHistogram = BucketHistogram<kTokenGapBounds>;
using RequestHistogram = BucketHistogram<kRequestBounds>;

/// Why a request ended, as vLLM's label finished_reason has it.
enum class FinishedReason : std::uint8_t { stop, length, abort, error };
inline constexpr std::size_t kFinishedReasons = 4;

/// One request that is over. Times are lengths, from when it was read.
struct FinishedRequest {
  FinishedReason reason = FinishedReason::stop;
  std::uint64_t prompt_tokens = 0;
  std::uint64_t cached_tokens = 0;      ///< of the prompt, found in the prefix cache
  std::uint64_t generation_tokens = 0;  ///< sent; 0 where none was
  Nanos queue_ns = 0;                   ///< until it ran
  Nanos first_token_ns = 0;             ///< until its first token; without tokens not looked at
  Nanos end_ns = 0;                     ///< until its last byte
};

/// What one worker knows of one model now. Shares add up over workers; what all workers have in
/// common (one queue, one cache) is reported by one of them and left 0 by the others.
struct VllmGauges {
  std::uint64_t running = 0;
  std::uint64_t waiting = 0;
  std::uint64_t kv_used = 0;      ///< in tokens, or in any other unit that kv_capacity has too
  std::uint64_t kv_capacity = 0;  ///< 0: usage is shown as 0
};

/// What one worker counted for one model since its start; plain numbers, written by one thread. A
/// request costs one call of `record` at its end, and a chunk nothing.
struct VllmCounters {
  std::uint64_t prompt_tokens = 0;
  std::uint64_t cached_tokens = 0;
  std::uint64_t generation_tokens = 0;
  std::uint64_t preemptions = 0;
  std::array<std::uint64_t, kFinishedReasons> finished{};
  TtftHistogram ttft;
  /// Of a request's gaps only their mean is known: it counts once for each gap.
  TokenGapHistogram token_gap;
  TokenGapHistogram request_token_gap;  ///< the mean gap, once for each request
  RequestHistogram e2e;
  RequestHistogram queue;
  RequestHistogram prefill;    ///< from running to the first token
  RequestHistogram decode;     ///< from the first token to the end
  RequestHistogram inference;  ///< both

  void record(const FinishedRequest& request);
};

struct VllmModelMetrics {
  std::string model;
  VllmGauges gauges;
  VllmCounters counters;

  /// Adds another worker's numbers for the same model.
  VllmModelMetrics& operator+=(const VllmModelMetrics& other);
};

/// Facts of the engine, which vLLM shows without a model's name.
struct VllmEngine {
  std::uint32_t block_size = 16;     ///< tokens of one block of the cache
  std::uint64_t num_gpu_blocks = 0;  ///< 0: cache_config_info is left out
  std::uint32_t max_lora = 0;        ///< 0: lora_requests_info is left out
  std::vector<std::string> running_loras;
  std::vector<std::string> waiting_loras;
  double loras_changed_at = 0;  ///< Unix seconds; of several samples routers take the latest
};

/// Prometheus' text format with vLLM's names, those of version 0 (gpu_cache_usage_perc,
/// gpu_prefix_cache_*, time_per_output_token_seconds) beside those of version 1, because routers
/// still ask for them. HELP and TYPE once a family; every sample has model_name and engine="0".
/// Each model is to be there once, its workers merged.
[[nodiscard]] std::string vllm_metrics_text(const std::vector<VllmModelMetrics>& models,
                                            const VllmEngine& engine = {});

}  // namespace hopcost::mockserver
