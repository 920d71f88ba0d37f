#pragma once

#include <cstdint>
#include <string>

#include "mockserver/admin/vllm_metrics.hpp"

namespace hopcost::mockserver {

/// What one worker counts for one model, whichever scenarios it appears in.
struct ModelTally {
  VllmCounters counters;
  std::uint64_t running = 0;  ///< requests, now
};

}  // namespace hopcost::mockserver
