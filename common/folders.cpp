#include "common/folders.hpp"

#include <algorithm>
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

Result<std::vector<fs::path>> yaml_files_of(const std::string& entry) {
  const auto configs = configs_folder(entry);
  if (!configs) return std::unexpected(configs.error());
  const auto folder = *configs / entry;
  std::vector<fs::path> files;
  std::error_code ec;
  for (fs::directory_iterator it(folder, ec), end; !ec && it != end; it.increment(ec)) {
    if (it->path().extension() == ".yaml") files.push_back(it->path());
  }
  if (ec) return fail(ErrorCode::io, ec.message(), folder.string());
  std::ranges::sort(files, {}, [](const fs::path& file) { return file.stem(); });
  return files;
}

}  // namespace hopcost
