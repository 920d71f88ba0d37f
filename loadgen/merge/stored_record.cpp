#include "loadgen/merge/stored_record.hpp"

#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "loadgen/output/packed.hpp"

namespace hopcost::loadgen {

Result<StoredRecord> stored_record(const std::filesystem::path& path) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  auto file = fs::is_directory(path, ignored) ? path / "run.json" : path;
  if (file != path && !fs::exists(file, ignored) && fs::exists(path / "run.json.zst", ignored)) {
    file = path / "run.json.zst";
  }
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail(ErrorCode::usage, "cannot be read", file.string());
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (file.extension() == ".zst") {
    constexpr std::size_t kMost = std::size_t{1} << 30U;
    auto unpacked = zstd_unpacked(text, kMost);
    if (!unpacked) return fail(ErrorCode::usage, unpacked.error().message, file.string());
    text = std::move(*unpacked);
  }
  return StoredRecord{std::move(file), std::move(text)};
}

}  // namespace hopcost::loadgen
