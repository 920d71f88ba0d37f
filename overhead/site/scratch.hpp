#pragma once

#include <filesystem>
#include <utility>

#include "common/error.hpp"

namespace hopcost::overhead {

/// A new folder in the temporary one, which processes of other users may pass through.
[[nodiscard]] Result<std::filesystem::path> make_scratch_folder();

/// The same, gone with this object.
class ScratchFolder {
 public:
  [[nodiscard]] static Result<ScratchFolder> make();
  ScratchFolder(ScratchFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  ScratchFolder& operator=(ScratchFolder&&) = delete;
  ~ScratchFolder();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  explicit ScratchFolder(std::filesystem::path path) : path_(std::move(path)) {}

  std::filesystem::path path_;  ///< empty: moved from
};

}  // namespace hopcost::overhead
