#pragma once

#include <cstdint>

#include "loadgen/options.hpp"

namespace hopcost::loadgen {

/// The run's requests, but so few of them, by one user, one after another: no window, no rate, no
/// stop conditions; prompts that the run itself does not have.
[[nodiscard]] Options few_requests(const Options& options, std::uint64_t count);

}  // namespace hopcost::loadgen
