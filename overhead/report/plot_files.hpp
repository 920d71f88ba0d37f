#pragma once

#include <filesystem>

#include "overhead/output/record_reading.hpp"

namespace hopcost::overhead {

/// Writes the run's pictures into `folder`, which is made, as .svg and, where rsvg-convert is
/// installed, .png; says on standard error where it is not.
[[nodiscard]] Result<void> write_plots(const ReadStudy& study, const std::filesystem::path& folder);

}  // namespace hopcost::overhead
