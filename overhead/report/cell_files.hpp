#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "overhead/estimate/cell.hpp"

namespace hopcost::overhead {

/// Writes below `folder`, of each cell and arm that was driven by this program run,
/// cells/CELL/ARM/: what `formats` lists (loadgen's, such as "locust,guidellm"), all passes of the
/// arm as one load run, their pauses left out. For people and tools that know those forms: an
/// overhead is not the difference of two of them. An Error names the format or the file.
[[nodiscard]] Result<void> write_cell_files(const std::vector<Cell>& cells,
                                            const std::string& formats,
                                            const std::filesystem::path& folder);

}  // namespace hopcost::overhead
