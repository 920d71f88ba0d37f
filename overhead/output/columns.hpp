#pragma once

#include <string>
#include <vector>

#include "overhead/plan/experiment.hpp"

namespace hopcost::overhead {

/// Rows as lines with aligned columns: the first and the last to the left, the others to the right.
/// All rows have as many cells as the first, which is the heading. Control characters are shown as
/// text; all but the last column are at most 80 wide.
[[nodiscard]] std::string aligned(const std::vector<std::vector<std::string>>& rows);

/// A count of workers or replicas; "-" where it is not known (0).
[[nodiscard]] std::string count_text(int count);
/// Instances of a stack, with those of its backend where there are several: "2 on 4".
[[nodiscard]] std::string replicas_text(const StandupPlan& standup);

}  // namespace hopcost::overhead
