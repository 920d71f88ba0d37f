#pragma once

namespace hopcost::loadgen {

/// `loadgen compare NAME=RUN ... [--output DIR]`: runs side by side, and which is better in what.
/// Returns the exit code: 0 compared, 2 a run is not valid, 64 usage, 74 cannot be written.
[[nodiscard]] int compare_command(int argc, const char* const* argv);

}  // namespace hopcost::loadgen
