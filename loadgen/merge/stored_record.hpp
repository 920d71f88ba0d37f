#pragma once

#include <filesystem>
#include <string>

#include "common/error.hpp"

namespace hopcost::loadgen {

/// A record as it is stored, and the file it was read from.
struct StoredRecord {
  std::filesystem::path file;
  std::string text;
};

/// A results folder's run.json, or run.json.zst where there is no other; or the file itself. An
/// Error names the file.
[[nodiscard]] Result<StoredRecord> stored_record(const std::filesystem::path& path);

}  // namespace hopcost::loadgen
