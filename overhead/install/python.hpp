#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.hpp"

namespace hopcost::overhead {

using PythonVersion = std::array<int, 3>;

/// "3.12" is {3, 12, 0}; nothing for what is no version.
[[nodiscard]] std::optional<PythonVersion> parse_python_version(std::string_view text);

struct Python {
  std::string program;  ///< full path
  PythonVersion version{};
};

/// The oldest of them that is at least `least`: what a stack was written for comes nearer to it
/// than the newest. Nothing where none is.
[[nodiscard]] std::optional<Python> choose_python(const std::vector<Python>& found,
                                                  const PythonVersion& least);

/// A Python that can make virtual environments, on PATH or below ~/.pyenv/versions. An Error names
/// what was found instead.
[[nodiscard]] Result<Python> find_python(const std::string& least);

}  // namespace hopcost::overhead
