#pragma once

#include <filesystem>

#include "common/error.hpp"

namespace hopcost::overhead {

/// A new folder in the temporary one, which processes of other users may pass through.
[[nodiscard]] Result<std::filesystem::path> make_scratch_folder();

}  // namespace hopcost::overhead
