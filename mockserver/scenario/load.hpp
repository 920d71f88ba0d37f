#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/error.hpp"
#include "common/yaml.hpp"
#include "mockserver/scenario/scenario.hpp"

namespace hopcost::mockserver {

/// A scenario file, resolved.
struct ScenarioFile {
  std::vector<Scenario> replicas{Scenario{}};  ///< at least one
  /// `replicas` was a list, so their number is not open to a flag.
  bool replicas_listed = false;
  /// Keys at the top that are no scenario's, the one that goes first last. They remember their
  /// place, for a complaint by whoever knows them.
  std::vector<std::pair<std::string, YamlNode>> others;
};

/// Most replicas of one process.
inline constexpr int kMaxReplicas = 256;

/// Whether a file may hold keys that are not a scenario's.
enum class OtherKeys { refused, kept };

/// Reads a file and what it includes. Strict: an error's `where` is "FILE:LINE: FIELD".
[[nodiscard]] Result<ScenarioFile> load_scenario(const std::filesystem::path& file,
                                                 OtherKeys others = OtherKeys::refused);

/// Who asks for a change. What comes over the network may not name files or variables.
enum class ChangeFrom { network, command_line };

/// `scenario` with the keys that `text` names, a map in YAML or JSON; all other keys stay. A key of
/// a model at the top changes every model; in `models: {a: {...}}` it changes that one (and adds it
/// if it is new); `models: [...]` is the new list, each model as the top says but for its own keys.
/// All or nothing: an error's `where` is "body:LINE: FIELD".
///
/// From the network `include`, `replicas` and traces from files are refused; api_keys_env, record
/// and replay may be named only with the value they have.
[[nodiscard]] Result<Scenario> with_changes(const Scenario& scenario, std::string_view text,
                                            ChangeFrom from = ChangeFrom::network);

}  // namespace hopcost::mockserver
