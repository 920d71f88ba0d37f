#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "overhead/output/record_reading.hpp"

namespace hopcost::overhead {

/// Writes pictures, SVG by name, into `folder`, which is made, as .svg and, where rsvg-convert is
/// installed, .png; says on standard error where it is not. Where there are more than 40, those in
/// folders of their own ("cells/...") are SVG alone.
[[nodiscard]] Result<void> write_pictures(const std::map<std::string, std::string>& pictures,
                                          const std::filesystem::path& folder);

/// A .png of each .svg of a folder that has none: of pictures that were made where there is no
/// rsvg-convert.
void write_missing_pngs(const std::filesystem::path& folder);

/// The same of all that there are of a run.
[[nodiscard]] Result<void> write_plots(const ReadStudy& study, const std::filesystem::path& folder);

}  // namespace hopcost::overhead
