#include "common/write_file.hpp"

#include <fstream>

namespace hopcost {

Result<void> write_file(const std::filesystem::path& file, const std::string& text) {
  const auto temporary = file.string() + ".partial";
  std::ofstream out(temporary, std::ios::binary);
  out << text;
  out.close();
  std::error_code ec;
  if (out) std::filesystem::rename(temporary, file, ec);
  if (!out || ec) return fail(ErrorCode::io, "cannot be written", file.string());
  return {};
}

}  // namespace hopcost
