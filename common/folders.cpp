#include "common/folders.hpp"

#include <cstdlib>
#include <system_error>
#include <vector>

#include <fmt/format.h>

namespace hopcost {

namespace fs = std::filesystem;

fs::path program_folder() {
  if (const char* folder = std::getenv("HOPCOST_BIN"); folder != nullptr && *folder != '\0') {
    return folder;
  }
  std::error_code ec;
  const auto self = fs::read_symlink("/proc/self/exe", ec);
  return ec ? fs::path(".") : self.parent_path();
}

Result<fs::path> configs_folder(const std::string& entry) {
  std::vector<fs::path> candidates;
  if (const char* folder = std::getenv("HOPCOST_CONFIGS"); folder != nullptr && *folder != '\0') {
    candidates.emplace_back(folder);
  } else {
    const auto programs = program_folder();
    candidates = {"configs", programs / "../../../configs", programs / "../share/hopcost/configs"};
  }
  std::error_code ec;
  for (const auto& candidate : candidates) {
    if (fs::exists(candidate / entry, ec)) return candidate.lexically_normal();
  }
  return fail(ErrorCode::usage,
              fmt::format("configs/{} was not found: run from the repository, or set "
                          "HOPCOST_CONFIGS",
                          entry));
}

}  // namespace hopcost
