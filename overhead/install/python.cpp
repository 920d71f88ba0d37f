#include "overhead/install/python.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <set>

#include <fmt/format.h>

#include "overhead/site/supervised.hpp"

namespace hopcost::overhead {
namespace {

namespace fs = std::filesystem;

/// "python3", "python3.12"; not "python3-config".
bool is_python(const std::string& name) {
  if (name == "python3") return true;
  return name.starts_with("python3.") &&
         std::ranges::all_of(name.substr(8), [](char c) { return c >= '0' && c <= '9'; });
}

/// Programs that may be a Python, by where they lie.
std::vector<fs::path> candidates() {
  std::vector<fs::path> folders;
  const char* const path = std::getenv("PATH");
  std::string rest = path == nullptr ? "" : path;
  for (std::size_t at = 0; at < rest.size();) {
    const auto end = std::min(rest.find(':', at), rest.size());
    folders.emplace_back(rest.substr(at, end - at));
    at = end + 1;
  }
  std::error_code ec;
  if (const char* const home = std::getenv("HOME"); home != nullptr) {
    for (fs::directory_iterator it(fs::path(home) / ".pyenv" / "versions", ec), end;
         !ec && it != end; it.increment(ec)) {
      folders.push_back(it->path() / "bin");
    }
  }
  std::vector<fs::path> programs;
  std::set<fs::path> seen;
  for (const auto& folder : folders) {
    std::error_code unreadable;
    for (fs::directory_iterator it(folder, unreadable), end; !unreadable && it != end;
         it.increment(unreadable)) {
      if (!is_python(it->path().filename().string())) continue;
      std::error_code gone;
      if (seen.insert(fs::canonical(it->path(), gone)).second) programs.push_back(it->path());
    }
  }
  return programs;
}

std::string text_of(const PythonVersion& version) {
  return fmt::format("{}.{}.{}", version[0], version[1], version[2]);
}

/// What it is, if it can do what we need: some are shims that only complain, and Debian's has no
/// ensurepip until python3-venv is there.
std::optional<Python> try_python(const fs::path& program) {
  constexpr Nanos kLimit = 10 * kSecond;
  Command command;
  command.arguments = {program.string(), "-c",
                       "import sys, venv, ensurepip; print('%d.%d.%d' % sys.version_info[:3])"};
  const auto ended = run_to_end(std::move(command), kLimit);
  if (!ended || ended->code != 0) return std::nullopt;
  const auto version = parse_python_version(ended->output.substr(0, ended->output.find('\n')));
  if (!version) return std::nullopt;
  return Python{program.string(), *version};
}

}  // namespace

std::optional<PythonVersion> parse_python_version(std::string_view text) {
  PythonVersion version{};
  for (std::size_t i = 0; i < version.size(); ++i) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), version[i]);
    if (error != std::errc{}) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (text.empty()) return version;
    if (text.front() != '.') return std::nullopt;
    text.remove_prefix(1);
  }
  return std::nullopt;
}

std::optional<Python> choose_python(const std::vector<Python>& found, const PythonVersion& least) {
  std::optional<Python> best;
  for (const auto& python : found) {
    if (python.version < least) continue;
    if (!best || python.version < best->version) best = python;
  }
  return best;
}

Result<Python> find_python(const std::string& least) {
  const auto version = parse_python_version(least);
  if (!version) {
    return fail(ErrorCode::usage, fmt::format("install.python: '{}' is no version", least));
  }
  std::vector<Python> found;
  std::string names;
  for (const auto& program : candidates()) {
    const auto python = try_python(program);
    if (!python) continue;
    found.push_back(*python);
    names += fmt::format("{}{} ({})", names.empty() ? "" : ", ", python->program,
                         text_of(python->version));
  }
  if (auto best = choose_python(found, *version)) return std::move(*best);
  return fail(
      ErrorCode::unreachable,
      fmt::format("it needs Python {} or newer with venv and ensurepip, and there is none on "
                  "PATH or in ~/.pyenv/versions; found: {}",
                  least, names.empty() ? "no Python at all" : names));
}

}  // namespace hopcost::overhead
