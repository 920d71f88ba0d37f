#include "common/version_text.hpp"

#include <fmt/format.h>

#include "common/version.hpp"

namespace hopcost {

std::string version_text() {
  return fmt::format("hopcost {} ({})", kVersion, kCommit);
}

}  // namespace hopcost
