#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

#include "common/write_file.hpp"
#include "overhead/cluster/cluster_run_only.hpp"
#include "overhead/command/commands.hpp"
#include "overhead/site/scratch.hpp"

namespace hopcost::overhead {
namespace {

constexpr int kStopped = 130;

void say_what_there_is(const std::vector<WorkloadOutcome>& outcomes) {
  for (const auto& outcome : outcomes) {
    for (const auto& folder : outcome.folders) {
      fmt::print("{}{}: {}\n", outcome.workload,
                 outcome.stopped ? " (stopped)"
                 : outcome.valid ? ""
                                 : " (not valid, its stdout.log says why)",
                 folder.string());
    }
  }
}

}  // namespace

int run_only_command(const Program& program, const std::stop_token& stop) {
  const auto& on = program.run_only.on;
  const auto drive = on == "here" ? Drive::here : on.empty() ? Drive::as_said : Drive::pods;
  auto config = load_run_only(program.run_only.config, drive);
  if (!config) return report_error(config.error());
  if (on == "kubernetes" && !config->cluster) {
    return report_error(
        {ErrorCode::usage, "--on kubernetes: harness.image is missing", program.run_only.config});
  }
  if (config->work_dir.empty()) {
    const auto folder = make_scratch_folder();
    if (!folder) return report_error(folder.error());
    config->work_dir = *folder;
  }
  const auto say = [&](const std::string& workload) {
    if (program.quiet) return;
    fmt::print(stderr, "{} with {} against {}\n", workload, config->harness, config->base_url);
  };
  const auto& how = program.run_only.how;
  const auto outcomes = config->cluster ? run_only_on_cluster(*config, how, stop, say)
                                        : run_only(*config, how, stop, say);
  // The last line but one says where, as llm-d's benchmark does.
  const auto where =
      fmt::format("\u2139\ufe0f   The current work dir is {}\n", config->work_dir.string());
  if (!outcomes) {
    report_error(outcomes.error());
    fmt::print("{}What was saved is there.\n", where);
    return outcomes.error().exit_code();
  }
  if (const auto& file = program.run_only.outcomes; !file.empty()) {
    const auto written = write_file(file, outcomes_text(*outcomes));
    if (!written) return report_error(written.error());
  }
  say_what_there_is(*outcomes);
  const bool stopped = std::ranges::any_of(*outcomes, &WorkloadOutcome::stopped);
  const auto valid = std::ranges::count_if(*outcomes, &WorkloadOutcome::valid);
  fmt::print("{}{}{} of {} workloads sent, {} valid\n", where, stopped ? "Stopped: " : "",
             outcomes->size(), config->workloads.size(), valid);
  if (stopped) return kStopped;
  return valid == std::ssize(*outcomes) ? 0 : 2;
}

}  // namespace hopcost::overhead
