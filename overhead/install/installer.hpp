#pragma once

#include <cstdint>
#include <string>

#include "common/error.hpp"
#include "overhead/site/manifest.hpp"

namespace hopcost::overhead {

/// What an installation took.
struct InstallReport {
  bool was_there = false;  ///< nothing had to be done
  double seconds = 0;
  std::uint64_t bytes = 0;  ///< of a stack in a folder of its own
};

/// Installs the stack, unless it is there as its manifest wants it: with pip into a virtual
/// environment and with npm into a folder, both below the stacks folder, whatever was there before
/// replaced; with apt-get where we are root. An Error has the installer's last lines, or says what
/// to type.
[[nodiscard]] Result<InstallReport> install(const StackManifest& manifest);

/// The package.json that npm is given.
[[nodiscard]] std::string package_json(const Installation& how);

}  // namespace hopcost::overhead
