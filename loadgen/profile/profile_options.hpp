#pragma once

#include <string>
#include <vector>

#include "common/error.hpp"

namespace CLI {
class App;
}

namespace hopcost::loadgen {

/// What the command line says about a load profile.
struct RawProfile {
  std::string workload;  ///< name or file; empty: none
  std::vector<std::string> changes;
};

void add_profile_options(CLI::App& group, RawProfile& raw);

/// The file of --config: where it is a load profile it becomes `raw`'s, else the options that
/// nobody has set get the values that it has for them.
[[nodiscard]] Result<void> take_config(CLI::App& app, const std::string& file, RawProfile& raw);

/// Gives the options of `app` that nobody has set the values that the profile has for them.
[[nodiscard]] Result<void> apply_profile(CLI::App& app, const RawProfile& raw);

}  // namespace hopcost::loadgen
