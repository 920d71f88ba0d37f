#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "common/error.hpp"

namespace hopcost::mockserver {

/// A flag of llm-d-inference-sim that is not one of ours as well (--port, --model, --mode, --seed
/// and --max-model-len are), so that a command line written for it works here.
struct LlmDName {
  const char* flag;
  const char* type;
  const char* help;
  bool list = false;
};

[[nodiscard]] std::span<const LlmDName> llm_d_names();

/// What was given: flag -> its texts.
using LlmDFlags = std::map<std::string, std::vector<std::string>, std::less<>>;

/// The change of scenario (as for with_changes) that the flags ask for. Units are theirs: a bare
/// number is milliseconds, a failure rate is in percent. Times with a standard deviation become
/// normal distributions cut at 30 % and 170 % of the mean, as there. Errors' `where` is the flag.
[[nodiscard]] Result<nlohmann::json> llm_d_changes(const LlmDFlags& said);

}  // namespace hopcost::mockserver
