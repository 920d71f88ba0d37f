#pragma once

#include <string>
#include <string_view>

#include "common/error.hpp"

namespace hopcost::loadgen {

/// Compressed with Zstandard, as `zstd` reads it.
[[nodiscard]] std::string zstd_compressed(std::string_view text);

/// What `zstd` or zstd_compressed() has packed. An Error where it is not that, is cut short, or
/// would be longer than `most` bytes.
[[nodiscard]] Result<std::string> zstd_unpacked(std::string_view packed, std::size_t most);

}  // namespace hopcost::loadgen
