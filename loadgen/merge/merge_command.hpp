#pragma once

namespace hopcost::loadgen {

/// `loadgen merge A B ... --output DIR`: shares of one run become its record; one alone is rendered
/// again. Returns the exit code.
[[nodiscard]] int merge_command(int argc, const char* const* argv);

}  // namespace hopcost::loadgen
