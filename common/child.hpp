#pragma once

#include <string>
#include <vector>

#include "common/error.hpp"

namespace hopcost {

/// Runs a program, found on the PATH, to its end; its arguments go to it as they are, through no
/// shell. Fails with `unreachable` where it is not there or does not exit with 0.
Result<void> run_child(const std::vector<std::string>& command);

}  // namespace hopcost
