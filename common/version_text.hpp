#pragma once

#include <string>

namespace hopcost {

/// "hopcost 0.1.0 (abc1234)"; the commit is the one that was built.
[[nodiscard]] std::string version_text();

}  // namespace hopcost
