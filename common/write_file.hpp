#pragma once

#include <filesystem>
#include <string>

#include "common/error.hpp"

namespace hopcost {

/// Writes `text` to `file`, all or nothing (a temporary name first). An Error (`io`) names the
/// file.
Result<void> write_file(const std::filesystem::path& file, const std::string& text);

}  // namespace hopcost
