#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/error.hpp"
#include "overhead/harness/outcome.hpp"
#include "overhead/site/manifest.hpp"

namespace hopcost::overhead {

using HarnessCommand = std::vector<std::string>;

/// How a harness drives one arm in one pass.
struct HarnessPass {
  std::map<std::string, std::string>
      files;  ///< written into {folder} before; may hold placeholders
  HarnessCommand command;
  OutcomeForm form = OutcomeForm::lines;
  std::string result;         ///< the file, below {folder}
  bool streams_only = false;  ///< it cannot send plain requests
};

/// A load generator as configs/harnesses/NAME.yaml describes it: how it is installed, how it is
/// told what to send, and what it leaves behind. Texts may hold {bin} (folder of hopcost's own
/// programs), {home} (where it was installed), {here} (where its file lies), {folder} (where
/// results go) and, with a load profile, {workload} (its file) and {seed} (another one for each of
/// several that run at once); in a pass {url} (of the server, without /v1), {model}, {users},
/// {seconds}, {prompt_tokens}, {prompt} (a text of so many words), {output_tokens}, {stream} (true
/// or false).
struct Harness {
  std::string name;
  std::string summary;
  std::filesystem::path file;  ///< where it was read from
  Installation install;
  std::vector<std::string> requires_programs;
  std::vector<std::string> version_command;  ///< prints the version of what no installer knows
  std::string not_installable;               ///< why there is no way to install it; empty: there is
  HarnessCommand command;                    ///< sends a load profile; empty: it takes none of ours
  std::optional<HarnessPass> pass;
  std::vector<std::pair<std::string, std::string>> environment;

  /// As what the installers know.
  [[nodiscard]] StackManifest as_stack() const;
};

/// What its texts hold wherever it runs: {bin}, {home}, {here} and {folder}.
[[nodiscard]] Placeholders places_of(const Harness& harness, const std::filesystem::path& folder);

/// An Error names the file, the line and the field.
[[nodiscard]] Result<Harness> load_harness(const std::filesystem::path& file);

/// Every one of configs/harnesses, by name.
[[nodiscard]] Result<std::vector<Harness>> load_all_harnesses();

/// One by name, or by path when it ends in .yaml. An unknown name is answered with the known ones.
[[nodiscard]] Result<Harness> find_harness(const std::string& name);

/// What keeps it from being used, in one sentence with what to type; nothing where nothing does.
[[nodiscard]] std::optional<std::string> what_is_missing(const Harness& harness);

}  // namespace hopcost::overhead
