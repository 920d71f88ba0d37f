#pragma once

#include <stop_token>

#include "common/error.hpp"
#include "loadgen/options.hpp"

namespace hopcost::loadgen {

/// How a server counts a prompt of our words: tokens = extra + per_word x words.
struct Calibration {
  double extra = 0;  ///< what a chat template adds
  double per_word = 1;
};

/// Asks the first target with a short and a long prompt and reads usage.prompt_tokens. An Error
/// where it does not answer, or says no usage.
[[nodiscard]] Result<Calibration> calibrate(const Options& options, const std::stop_token& stop);

}  // namespace hopcost::loadgen
