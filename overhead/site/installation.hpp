#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/yaml.hpp"

namespace hopcost::overhead {

struct StackManifest;

/// How a stack gets onto a machine, as its manifest's `install` says: by name, from a registry.
struct Installation {
  enum class By { hand, apt, pip, npm };

  By by = By::hand;
  std::string what_to_type;           ///< by hand
  std::vector<std::string> packages;  ///< "haproxy", "ogx==1.5.0", "@portkey-ai/gateway@1.15.2"
  std::map<std::string, std::string> overrides;  ///< npm: versions of packages further down
  std::string python = "3.11";                   ///< pip: the oldest that will do
  /// Versions of what the packages depend on. pip: a line each; npm: the text of package-lock.json.
  std::string constraints;
  std::string folder;  ///< below the stacks folder; stacks that name the same one share it

  /// Whether it lies in a folder of its own, below the stacks folder.
  [[nodiscard]] bool in_a_folder() const { return by == By::pip || by == By::npm; }
  /// What was asked for, in one text: written beside what was installed.
  [[nodiscard]] std::string text() const;
};

/// `node` is a text (what to type) or a map with one of apt, pip and npm; files that it names lie
/// in `folder`. Throws ErrorException.
[[nodiscard]] Installation read_installation(const YamlNode& node, const std::string& stack,
                                             const std::filesystem::path& folder);

/// A package as its installer names it, taken apart.
struct Package {
  std::string name;     ///< "uvicorn" of "uvicorn[standard]==0.54.0"
  std::string version;  ///< empty: it has no exact version
};
[[nodiscard]] Package package_of(Installation::By by, std::string_view text);

/// HOPCOST_STACKS_DIR, else `stacks` beside the folder of our programs; absolute.
[[nodiscard]] std::filesystem::path stacks_folder();
/// Where a stack of its own folder lies.
[[nodiscard]] std::filesystem::path home_of(const StackManifest& manifest);

/// The version of a package in a stack's folder, from the metadata that the installer left there.
[[nodiscard]] std::optional<std::string> installed_version(const std::filesystem::path& home,
                                                           Installation::By by,
                                                           const std::string& package);

/// The file in a stack's folder that says what was installed, once it was done.
inline constexpr const char* kInstalledFile = "hopcost-installed.txt";

/// What keeps the stack from being started, in one sentence; nothing where it is installed, with
/// the versions its manifest names.
[[nodiscard]] std::optional<std::string> what_is_missing(const StackManifest& manifest);
/// What to type, so that it is not.
[[nodiscard]] std::string how_to_install(const StackManifest& manifest);
/// From the metadata of its packages, or by asking the program; "unknown" where neither tells.
[[nodiscard]] std::string stack_version(const StackManifest& manifest);

}  // namespace hopcost::overhead
