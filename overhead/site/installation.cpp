#include "overhead/site/installation.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <unistd.h>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "common/folders.hpp"
#include "overhead/site/manifest.hpp"
#include "overhead/site/scratch.hpp"
#include "overhead/site/supervised.hpp"

namespace hopcost::overhead {
namespace {

namespace fs = std::filesystem;

bool on_path(const std::string& program) {
  const char* path = std::getenv("PATH");
  std::string rest = path == nullptr ? "" : path;
  rest += ":/usr/sbin:/sbin";  // where Debian keeps servers, not always on a user's PATH
  for (std::size_t at = 0; at <= rest.size();) {
    const auto end = std::min(rest.find(':', at), rest.size());
    const auto candidate = rest.substr(at, end - at) + "/" + program;
    if (access(candidate.c_str(), X_OK) == 0) return true;
    at = end + 1;
  }
  return false;
}

const char* name_of(Installation::By by) {
  switch (by) {
    case Installation::By::apt:
      return "apt";
    case Installation::By::pip:
      return "pip";
    case Installation::By::npm:
      return "npm";
    case Installation::By::hand:
      break;
  }
  return "by hand";
}

/// Python's rule for when two names are the same package's (PEP 503).
std::string normal_name(std::string_view name) {
  std::string normal;
  for (const char c : name) {
    const bool separator = c == '-' || c == '_' || c == '.';
    if (separator && normal.ends_with('-')) continue;
    normal += separator ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return normal;
}

std::string whole_file(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// The value of a header line of a distribution's METADATA.
std::string metadata_value(const fs::path& file, std::string_view key) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line) && !line.empty();) {
    if (line.starts_with(key) && line.size() > key.size() + 2 && line[key.size()] == ':') {
      return line.substr(key.size() + 2);
    }
  }
  return {};
}

std::optional<std::string> pip_version(const fs::path& home, const std::string& package) {
  std::error_code ec;
  for (fs::directory_iterator lib(home / "lib", ec), end; !ec && lib != end; lib.increment(ec)) {
    std::error_code inner;
    for (fs::directory_iterator it(lib->path() / "site-packages", inner), last;
         !inner && it != last; it.increment(inner)) {
      if (it->path().extension() != ".dist-info") continue;
      const auto metadata = it->path() / "METADATA";
      const auto stem = it->path().stem().string();
      if (normal_name(stem.substr(0, stem.find('-'))) != normal_name(package)) continue;
      auto version = metadata_value(metadata, "Version");
      if (!version.empty()) return version;
    }
  }
  return std::nullopt;
}

std::optional<std::string> npm_version(const fs::path& home, const std::string& package) {
  const auto json = nlohmann::json::parse(
      whole_file(home / "node_modules" / package / "package.json"), nullptr, false);
  if (!json.is_object() || !json.contains("version")) return std::nullopt;
  return json["version"].get<std::string>();
}

std::optional<std::string> missing_in_folder(const StackManifest& manifest) {
  const auto& how = manifest.install;
  const auto home = home_of(manifest);
  std::error_code ec;
  if (!fs::exists(home, ec)) return fmt::format("it is not installed in {}", home.string());
  if (whole_file(home / kInstalledFile) != how.text()) {
    return fmt::format("what is in {} is not, or not wholly, what its manifest asks for",
                       home.string());
  }
  for (const auto& text : how.packages) {
    const auto package = package_of(how.by, text);
    const auto version = installed_version(home, how.by, package.name);
    if (!version) return fmt::format("{} is not in {}", package.name, home.string());
    if (!package.version.empty() && *version != package.version) {
      return fmt::format("{} {} is installed, the manifest wants {}", package.name, *version,
                         package.version);
    }
  }
  return std::nullopt;
}

std::vector<std::string> texts_of(const YamlNode& node) {
  std::vector<std::string> list;
  for (const auto& item : node.items()) list.push_back(item.as_string());
  if (list.empty()) node.complain("must not be empty");
  return list;
}

}  // namespace

Package package_of(Installation::By by, std::string_view text) {
  if (by == Installation::By::apt) return {std::string(text), ""};
  if (by == Installation::By::npm) {
    const auto at = text.rfind('@');
    if (at == std::string_view::npos || at == 0) return {std::string(text), ""};  // "@scope/name"
    return {std::string(text.substr(0, at)), std::string(text.substr(at + 1))};
  }
  const auto name = text.substr(0, text.find_first_of("[=<>!~ ;"));
  const auto exact = text.find("==");
  return {std::string(name),
          exact == std::string_view::npos ? "" : std::string(text.substr(exact + 2))};
}

std::string Installation::text() const {
  std::string all = fmt::format("{} {}\n", name_of(by), fmt::join(packages, " "));
  for (const auto& [name, version] : overrides)
    all += fmt::format("override {} {}\n", name, version);
  return all + constraints;
}

Installation read_installation(const YamlNode& node, const std::string& stack,
                               const fs::path& folder_of_files) {
  Installation how;
  how.folder = stack;
  if (!node.is_map()) {
    how.what_to_type = node.as_string();
    return how;
  }
  YamlFields fields = node.fields();
  using By = Installation::By;
  int kinds = 0;
  for (const auto by : {By::apt, By::pip, By::npm}) {
    const auto packages = fields.take(name_of(by));
    if (!packages) continue;
    ++kinds;
    how.by = by;
    how.packages = texts_of(*packages);
    // Debian's release pins what apt installs; elsewhere the newest is another one every week.
    if (by != By::apt && package_of(by, how.packages.front()).version.empty()) {
      packages->complain(fmt::format("the first package needs an exact version: {}{}",
                                     how.packages.front(), by == By::pip ? "==1.0" : "@1.0.0"));
    }
  }
  if (kinds != 1) node.complain("must have one of apt, pip and npm");
  if (how.by == By::npm) {
    if (const auto overrides = fields.take("overrides")) {
      for (const auto& [name, version] : overrides->entries()) {
        how.overrides[name] = version.as_string();
      }
    }
  }
  if (how.by == By::pip) {
    if (const auto python = fields.take("python")) how.python = python->as_string();
  }
  if (how.by != By::apt) {
    if (const auto file = fields.take("constraints")) {
      how.constraints = whole_file(folder_of_files / file->as_string());
      if (how.constraints.empty()) file->complain("there is no such file, or nothing in it");
    }
  }
  if (how.by != By::apt) {
    if (const auto folder = fields.take("folder")) how.folder = folder->as_string();
  }
  fields.finish();
  return how;
}

fs::path stacks_folder() {
  const char* const folder = std::getenv("HOPCOST_STACKS_DIR");
  const bool told = folder != nullptr && *folder != '\0';
  std::error_code ec;
  const auto path = fs::absolute(told ? fs::path(folder) : program_folder() / ".." / "stacks", ec);
  return path.lexically_normal();
}

fs::path home_of(const StackManifest& manifest) {
  return manifest.install.in_a_folder() ? stacks_folder() / manifest.install.folder : fs::path();
}

std::optional<std::string> installed_version(const fs::path& home, Installation::By by,
                                             const std::string& package) {
  return by == Installation::By::pip ? pip_version(home, package) : npm_version(home, package);
}

std::optional<std::string> what_is_missing(const StackManifest& manifest) {
  for (const auto& behind : manifest.behind) {
    if (auto missing = what_is_missing(behind)) return behind.name + ": " + *missing;
  }
  for (const auto& program : manifest.requires_programs) {
    if (!on_path(program)) return fmt::format("'{}' is not installed", program);
  }
  return manifest.install.in_a_folder() ? missing_in_folder(manifest) : std::nullopt;
}

std::string how_to_install(const StackManifest& manifest) {
  if (manifest.install.by != Installation::By::hand) {
    const auto configs = configs_folder("stacks");
    std::error_code ec;
    const bool known =
        configs && fs::equivalent(*configs / "stacks", manifest.file.parent_path(), ec);
    return fmt::format("overhead stacks --install {}",
                       known ? manifest.name : manifest.file.string());
  }
  return manifest.install.what_to_type.empty() ? "see the stack's own documentation"
                                               : manifest.install.what_to_type;
}

std::string stack_version(const StackManifest& manifest) {
  if (!manifest.behind.empty()) {
    auto front = manifest;
    front.behind.clear();
    return fmt::format("{}, {}", stack_version(front), stack_version(manifest.worker()));
  }
  const auto& how = manifest.install;
  if (how.in_a_folder()) {
    const auto package = package_of(how.by, how.packages.front());
    const auto version = installed_version(home_of(manifest), how.by, package.name);
    return version ? fmt::format("{} {}", package.name, *version) : "unknown";
  }
  if (manifest.version_command.empty()) return "unknown";
  Command command;
  const Placeholders values{{"bin", program_folder().string()}};
  for (const auto& argument : manifest.version_command) {
    const auto filled = expand(argument, values);
    if (!filled) return "unknown";
    command.arguments.push_back(*filled);
  }
  // Some programs make folders at home even when all they do is say who they are.
  const auto home = make_scratch_folder();
  if (!home) return "unknown";
  command.environment = {{"HOME", home->string()}};
  const auto ended = run_to_end(std::move(command), 10 * kSecond);
  std::error_code ignored;
  fs::remove_all(*home, ignored);
  if (!ended) return "unknown";
  const auto first = ended->output.find_first_not_of('\n');
  if (first == std::string::npos) return "unknown";
  return ended->output.substr(first, ended->output.find('\n', first) - first);
}

}  // namespace hopcost::overhead
