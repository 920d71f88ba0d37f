#pragma once

#include <csignal>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/clock.hpp"
#include "common/error.hpp"
#include "overhead/site/installation.hpp"
#include "overhead/site/self_reported.hpp"

namespace hopcost::overhead {

/// How the number of workers that really run is read from outside.
enum class WorkersSeenAs {
  not_verifiable,  ///< the knob leaves no trace, or there is none
  processes,       ///< processes of the tree whose title contains `pattern`
  threads,         ///< threads of the tree whose name starts with `pattern`
  listeners,  ///< children of the tree that hold the listening socket (else 1, the main process)
};

/// One stack, as configs/stacks/NAME.yaml describes it. Texts may hold placeholders: {port},
/// {admin_port} (another free one), {workers}, {backend_url} (no path), {backend_host},
/// {backend_port}, {model}, {key} (a secret of this start, kept nowhere), {dir} (scratch folder of
/// the instance), {home} (where the stack was installed), {configs} (folder of the manifest), {bin}
/// (folder of hopcost's own programs). Of several backends these are instance i's i-th; all of them
/// are in {each_backend}, one line each, and in an argument that is {backend_urls} alone, which
/// becomes one argument each.
struct StackManifest {
  std::string name;
  std::string summary;
  std::filesystem::path file;  ///< where it was read from

  std::vector<std::string> requires_programs;  ///< must be on PATH (or in /usr/sbin)
  Installation install;
  std::vector<std::string> version_command;  ///< prints the version of what has no metadata

  std::vector<std::string> prepare;  ///< runs to its end before each start; empty: nothing does
  std::vector<std::string> command;
  std::vector<std::pair<std::string, std::string>> environment;
  std::map<std::string, std::string> files;  ///< written into {dir} before the start
  std::string each_backend;                  ///< the line of one backend in {each_backend}
  int stop_signal = SIGTERM;
  Nanos stop_grace = 5 * kSecond;

  std::string ready_path = "/health";
  std::string ready_port = "{port}";  ///< of the ready path; or "{admin_port}"
  Nanos ready_timeout = 15 * kSecond;

  std::string workers_knob;  ///< its name in the stack's own configuration; empty: none
  WorkersSeenAs workers_seen_as = WorkersSeenAs::not_verifiable;
  std::string workers_pattern;

  std::string api_path = "/v1";
  std::string model = "{model}";  ///< what clients ask for
  std::vector<std::pair<std::string, std::string>> headers;
  std::optional<SelfReported> self_reported;  ///< a time that it states in its replies

  /// A chain: this one balances over so many instances of the one behind it, which are what its
  /// workers, model and headers are about. At most one.
  std::vector<StackManifest> behind;
  int instances_behind = 0;

  /// The one whose workers are meant.
  [[nodiscard]] const StackManifest& worker() const {
    return behind.empty() ? *this : behind.front();
  }
  /// Whether one instance can use several backends.
  [[nodiscard]] bool spreads() const;
  /// Whether a text that an instance is started with holds this placeholder: "{workers}".
  [[nodiscard]] bool uses(std::string_view placeholder) const;
};

inline constexpr std::string_view kBackendUrls = "{backend_urls}";

/// An Error names the file, the line and the field. A file with `chain` takes the manifests that it
/// names from where it lies, or from configs/stacks.
[[nodiscard]] Result<StackManifest> load_manifest(const std::filesystem::path& file);

/// Every manifest in configs/stacks, by name.
[[nodiscard]] Result<std::vector<StackManifest>> load_all_manifests();

/// One by name, or by path when it ends in .yaml. An unknown name is answered with the known ones.
[[nodiscard]] Result<StackManifest> find_manifest(const std::string& name);

/// Replaces {name}; an unknown {name} is an Error. Other braces are left alone.
using Placeholders = std::map<std::string, std::string>;
[[nodiscard]] Result<std::string> expand(const std::string& text, const Placeholders& values);
/// The same of each.
[[nodiscard]] Result<std::vector<std::string>> expand(const std::vector<std::string>& texts,
                                                      const Placeholders& values);

}  // namespace hopcost::overhead
