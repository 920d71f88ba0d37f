#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "common/error.hpp"

namespace hopcost {

/// The folder of our programs: HOPCOST_BIN, else where this program lies.
[[nodiscard]] std::filesystem::path program_folder();

/// The folder of our configuration files: HOPCOST_CONFIGS, else `configs` here, then beside our
/// programs as they were built, then as they were installed. An Error where none has `entry` in it:
/// "stacks", "targets.yaml".
[[nodiscard]] Result<std::filesystem::path> configs_folder(const std::string& entry);

/// The .yaml files of a folder of configs, by name. An Error where it cannot be read.
[[nodiscard]] Result<std::vector<std::filesystem::path>> yaml_files_of(const std::string& entry);

}  // namespace hopcost
