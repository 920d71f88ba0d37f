#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "common/clock.hpp"
#include "common/error.hpp"
#include "common/yaml.hpp"

namespace hopcost::loadgen {

/// A deployment that is known by name, as an entry of configs/targets.yaml describes it. Source of
/// the names and keys: the LLM inference benchmarking suite (docs/workflows.md).
struct Target {
  std::string key;       ///< "gke-t4"
  std::string name;      ///< for people
  std::string base_url;  ///< as the file has it: may be "${VARIABLE}" or "${VARIABLE:-URL}"
  std::string model;     ///< that is asked for where nobody names one
  std::vector<std::string> supported_models;  ///< for --all-models; may be empty
  int max_tokens = 0;                         ///< no request asks for more; 0: no limit
  Nanos timeout = 0;                          ///< of a request; 0: the program's
  std::string api_key_env;                    ///< variable with the API key; empty: it wants none
  std::vector<std::pair<std::string, std::string>> facts;  ///< accelerator, zone, ...: for people

  /// The address, with what the environment says. An Error names the variable that is not set.
  [[nodiscard]] Result<std::string> url() const;
};

/// Every entry, in the file's order. Throws ErrorException with file, line and field.
[[nodiscard]] std::vector<Target> decode_targets(const YamlNode& root);
/// The one of that name; the Error for an unknown one lists those there are.
[[nodiscard]] Result<Target> find_target(const std::filesystem::path& file, const std::string& key);

}  // namespace hopcost::loadgen
