#pragma once

#include <string>
#include <vector>

#include "common/error.hpp"
#include "common/yaml.hpp"
#include "loadgen/settings.hpp"

namespace hopcost::loadgen {

/// What to send and when, as a configuration of inference-perf says it: its keys load, api, server,
/// tokenizer, data, report and storage. Source: its documentation of the configuration, and
/// docs/workflows.md for what each key becomes.
struct Profile {
  Settings load;             ///< when: stages, or a sweep
  Settings requests;         ///< how long prompts and answers are, or where they come from
  Settings rest;             ///< interface, model, address, what is kept
  bool summary = true;       ///< report.request_lifecycle: which files are wanted
  bool per_stage = true;     ///< the same
  bool per_request = false;  ///< the same
};

/// Whether a file of settings is such a configuration, and not options of loadgen by name.
[[nodiscard]] bool is_profile(const YamlNode& root);

/// Throws ErrorException with file, line and field for what is wrong, and for what loadgen does not
/// do: nothing that changes the load is passed over.
[[nodiscard]] Profile decode_profile(const YamlNode& root);

/// A file, where the name has a dot or a slash, else configs/workloads/NAME.yaml; an unknown name
/// is answered with those there are.
[[nodiscard]] Result<YamlNode> load_profile(const std::string& name_or_file);

/// Changes values that are there: "data.shared_prefix.output_len=64". An Error names the one that
/// is not.
[[nodiscard]] Result<void> change_values(YamlNode& root, const std::vector<std::string>& changes);

}  // namespace hopcost::loadgen
