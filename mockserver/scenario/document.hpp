#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.hpp"
#include "common/yaml.hpp"

namespace hopcost::mockserver {

/// One text of a scenario: a map, or nothing at all. `folder` is what file names in it are relative
/// to.
struct Layer {
  YamlNode root;
  std::filesystem::path folder;
};

// Bounds on what is read, so that no text can exhaust time or memory. Aliases count for every node
// that they stand for.
inline constexpr std::size_t kMaxFileBytes = 8U << 20U;
inline constexpr std::size_t kMaxChangeBytes = 1U << 20U;
inline constexpr std::size_t kMaxNodes = 200'000;
inline constexpr int kMaxDepth = 24;
inline constexpr std::size_t kMaxFiles = 64;  ///< one file read twice counts twice

/// The file and what it includes, in the order in which they override each other: the file itself
/// is last, an included file comes before the one that includes it. Errors name file, line, field.
[[nodiscard]] Result<std::vector<Layer>> read_layers(const std::filesystem::path& file);

/// The body of a change: YAML or JSON, a map. Errors say "body:LINE: FIELD".
[[nodiscard]] Result<Layer> read_change(std::string_view text);

}  // namespace hopcost::mockserver
