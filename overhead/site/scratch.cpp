#include "overhead/site/scratch.hpp"

#include <cstdlib>
#include <system_error>

namespace hopcost::overhead {

namespace fs = std::filesystem;

Result<fs::path> make_scratch_folder() {
  std::string path = (fs::temp_directory_path() / "hopcost-XXXXXX").string();
  if (mkdtemp(path.data()) == nullptr) {
    return fail(ErrorCode::io, "a temporary folder cannot be made", path);
  }
  // A server that drops its privileges must still reach its own files.
  std::error_code ignored;
  fs::permissions(path, fs::perms::group_exec | fs::perms::others_exec, fs::perm_options::add,
                  ignored);
  return fs::path(path);
}

Result<ScratchFolder> ScratchFolder::make() {
  auto path = make_scratch_folder();
  if (!path) return std::unexpected(path.error());
  return ScratchFolder(std::move(*path));
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

}  // namespace hopcost::overhead
