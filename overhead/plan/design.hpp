#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "common/error.hpp"
#include "common/yaml.hpp"

namespace hopcost::overhead {

/// Values of some parameters, by name, in the order of their factors; constants come first.
using Treatment = std::vector<std::pair<std::string, std::string>>;

/// An experiment by design, as llm-d's benchmark writes it: what is stood up, and what is then sent
/// to it. Every run is made with every setup; a stack is started once for all of its runs.
struct Design {
  std::vector<Treatment> setups;  ///< never empty: without factors one without values
  std::vector<Treatment> runs;    ///< the same
};

/// A file with `setup` and `run`, each with `factors` (names), `levels` (of each factor a list, or
/// "1,2,4"), `treatments` (lists of a level for each factor; left out: every combination, the last
/// factor changing fastest) and `constants`. An Error names the file, the line and the field.
[[nodiscard]] Result<Design> load_design(const std::filesystem::path& file);
/// The same of a document; throws.
[[nodiscard]] Design decode_design(const YamlNode& root);

}  // namespace hopcost::overhead
