#include "overhead/install/installer.hpp"

#include <cerrno>
#include <fcntl.h>
#include <string_view>
#include <unistd.h>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "common/write_file.hpp"
#include "overhead/install/python.hpp"
#include "overhead/site/supervised.hpp"

namespace hopcost::overhead {
namespace {

namespace fs = std::filesystem;
using Arguments = std::vector<std::string>;
using Environment = std::vector<std::pair<std::string, std::string>>;

constexpr Nanos kLimit = 1800 * kSecond;

/// The last lines of an installer's output: the first ones are about what went well.
std::string last_lines(std::string_view text) {
  constexpr int kLines = 12;
  std::size_t at = text.size();
  for (int i = 0; i <= kLines && at != 0 && at != std::string_view::npos; ++i) {
    at = text.rfind('\n', at - 1);
  }
  if (at != std::string_view::npos && at != 0) text.remove_prefix(at + 1);
  return std::string(text);
}

Result<void> run(const std::string& stack, const Arguments& arguments,
                 const Environment& environment = {}) {
  Command command;
  command.arguments = arguments;
  command.environment = environment;
  const auto ended = run_to_end(std::move(command), kLimit);
  if (!ended) return std::unexpected(ended.error());
  if (ended->code == 0) return {};
  return fail(ErrorCode::unreachable,
              fmt::format("'{}' {}:\n{}", fmt::join(arguments, " "),
                          ended->code ? fmt::format("ended with exit code {}", *ended->code)
                                      : "took longer than half an hour",
                          last_lines(ended->output)),
              "stack " + stack);
}

std::uint64_t size_of(const fs::path& folder) {
  std::uint64_t bytes = 0;
  std::error_code ec;
  for (fs::recursive_directory_iterator it(folder, ec), end; !ec && it != end; it.increment(ec)) {
    std::error_code gone;
    if (it->is_regular_file(gone) && !it->is_symlink(gone)) bytes += it->file_size(gone);
  }
  return bytes;
}

Result<void> install_with_pip(const StackManifest& manifest, const fs::path& home) {
  auto python = find_python(manifest.install.python);
  if (!python) {
    python.error().where = "stack " + manifest.name;
    return std::unexpected(python.error());
  }
  const auto made = run(manifest.name, {python->program, "-m", "venv", home.string()});
  if (!made) return made;
  Arguments pip{
      (home / "bin" / "python").string(), "-m", "pip", "install", "--no-input", "--no-cache-dir",
      "--disable-pip-version-check"};
  pip.insert(pip.end(), manifest.install.packages.begin(), manifest.install.packages.end());
  if (!manifest.install.constraints.empty()) {
    const auto file = home / "constraints.txt";
    if (const auto written = write_file(file, manifest.install.constraints); !written) {
      return written;
    }
    pip.insert(pip.end(), {"--constraint", file.string()});
  }
  return run(manifest.name, pip);
}

Result<void> install_with_npm(const StackManifest& manifest, const fs::path& home) {
  if (const auto written = write_file(home / "package.json", package_json(manifest.install));
      !written) {
    return written;
  }
  const auto& lock = manifest.install.constraints;
  if (!lock.empty()) {
    if (const auto written = write_file(home / "package-lock.json", lock); !written) return written;
  }
  const auto cache = home / "npm-cache";
  // With a lock `ci` installs exactly what it says, and checks it against its sums.
  const auto* const how = lock.empty() ? "install" : "ci";
  const auto done = run(manifest.name, {"npm", how, "--prefix", home.string(), "--cache",
                                        cache.string(), "--ignore-scripts", "--omit=dev",
                                        "--no-audit", "--no-fund", "--no-update-notifier"});
  std::error_code ignored;
  fs::remove_all(cache, ignored);
  return done;
}

/// While it lives, Debian's packages do not start the services they bring: we want the program.
class NoServices {
 public:
  NoServices() {
    const int fd = open(kPolicy, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
    if (fd < 0) return;  // somebody else's policy stands
    constexpr std::string_view kScript = "#!/bin/sh\nexit 101\n";
    ours_ = ::write(fd, kScript.data(), kScript.size()) == static_cast<ssize_t>(kScript.size());
    close(fd);
  }
  ~NoServices() {
    if (ours_) unlink(kPolicy);
  }
  NoServices(const NoServices&) = delete;
  NoServices& operator=(const NoServices&) = delete;

 private:
  static constexpr const char* kPolicy = "/usr/sbin/policy-rc.d";
  bool ours_ = false;
};

Result<void> install_with_apt(const StackManifest& manifest) {
  const auto packages = fmt::format("{}", fmt::join(manifest.install.packages, " "));
  if (geteuid() != 0) {
    return fail(ErrorCode::unreachable,
                fmt::format("only root can install it: sudo apt-get install "
                            "--no-install-recommends {}",
                            packages),
                "stack " + manifest.name);
  }
  const NoServices quiet;
  Arguments apt{"apt-get", "--quiet", "--yes", "--no-install-recommends", "install"};
  apt.insert(apt.end(), manifest.install.packages.begin(), manifest.install.packages.end());
  return run(manifest.name, apt, {{"DEBIAN_FRONTEND", "noninteractive"}});
}

Result<void> install_in_folder(const StackManifest& manifest) {
  const auto home = home_of(manifest);
  std::error_code ec;
  fs::remove_all(home, ec);
  if (!ec) fs::create_directories(home, ec);
  if (ec) return fail(ErrorCode::io, ec.message(), home.string());
  const auto done = manifest.install.by == Installation::By::pip ? install_with_pip(manifest, home)
                                                                 : install_with_npm(manifest, home);
  if (!done) {
    fs::remove_all(home, ec);  // half of it would look like all of it
    return done;
  }
  return write_file(home / kInstalledFile, manifest.install.text());
}

}  // namespace

std::string package_json(const Installation& how) {
  nlohmann::ordered_json json{{"private", true}};
  for (const auto& text : how.packages) {
    const auto package = package_of(how.by, text);
    json["dependencies"][package.name] = package.version;
  }
  for (const auto& [name, version] : how.overrides) json["overrides"][name] = version;
  return json.dump(2) + "\n";
}

namespace {

/// Both links of a chain.
Result<InstallReport> install_chain(const StackManifest& manifest) {
  auto front = manifest;
  front.behind.clear();
  auto report = install(manifest.worker());
  if (!report) return report;
  const auto other = install(front);
  if (!other) return other;
  report->was_there = report->was_there && other->was_there;
  report->seconds += other->seconds;
  report->bytes += other->bytes;
  return report;
}

}  // namespace

Result<InstallReport> install(const StackManifest& manifest) {
  if (!manifest.behind.empty()) return install_chain(manifest);
  InstallReport report;
  report.was_there = !what_is_missing(manifest);
  const Nanos began = now_ns();
  if (!report.was_there) {
    if (manifest.install.by == Installation::By::hand) {
      return fail(ErrorCode::usage,
                  fmt::format("hopcost cannot install it: {}", how_to_install(manifest)),
                  "stack " + manifest.name);
    }
    const auto done = manifest.install.by == Installation::By::apt ? install_with_apt(manifest)
                                                                   : install_in_folder(manifest);
    if (!done) return std::unexpected(done.error());
    if (const auto missing = what_is_missing(manifest)) {
      return fail(ErrorCode::unreachable, "installed, but " + *missing, "stack " + manifest.name);
    }
  }
  report.seconds = in_seconds(now_ns() - began);
  if (manifest.install.in_a_folder()) report.bytes = size_of(home_of(manifest));
  return report;
}

}  // namespace hopcost::overhead
