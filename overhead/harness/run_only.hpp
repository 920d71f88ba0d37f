#pragma once

#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "overhead/harness/run_only_config.hpp"

namespace hopcost::overhead {

/// How a config.yaml is run here.
struct RunOnlyOptions {
  double time_scale = 1;             ///< durations of the profiles become so many times as long
  std::vector<std::string> changes;  ///< values of every profile: "load.stages..." KEY=VALUE
  bool keep_launchers = false;       ///< on a cluster: pods stay, to look at the results from
};

/// What one workload gave.
struct WorkloadOutcome {
  std::string workload;
  std::vector<std::filesystem::path> folders;  ///< one for each process
  bool valid = true;     ///< the harness vouches for its figures: it did not end with 2
  bool stopped = false;  ///< by `stop`, before its end
};

/// What the launchers of a cluster hand over, as JSON.
[[nodiscard]] std::string outcomes_text(const std::vector<WorkloadOutcome>& outcomes);
/// What outcomes_text made. An Error names the field.
[[nodiscard]] Result<std::vector<WorkloadOutcome>> outcomes_from(const std::string& text);

/// Drives the endpoint with each workload in turn and leaves a folder
/// HARNESS_EPOCH_WORKLOAD_STACK in the working folder, _1, _2, ... behind it where several
/// processes run: the harness's files under llm-d's names, WORKLOAD.yaml, stdout.log, stderr.log,
/// and analysis/ with pictures. `say` hears of each as it begins. An Error where a harness is not
/// there, fails, or takes longer than `wait_timeout`; what it has written stays. `stop` ends the
/// one under way, whose outcome is the last.
[[nodiscard]] Result<std::vector<WorkloadOutcome>> run_only(
    const RunOnlyConfig& config, const RunOnlyOptions& options, const std::stop_token& stop,
    const std::function<void(const std::string&)>& say);

}  // namespace hopcost::overhead
