#pragma once

#include <string>
#include <vector>

namespace hopcost::loadgen {

/// What `loadgen merge` is told.
struct MergeOptions {
  std::vector<std::string> shares;  ///< folders with a run.json, or such files
  std::string output;
  std::string formats;
  bool json = false;
};

/// `loadgen merge A B ... --output DIR`: shares of one run become its record; one alone is rendered
/// again. Returns the exit code.
[[nodiscard]] int merge_command(int argc, const char* const* argv);

}  // namespace hopcost::loadgen
