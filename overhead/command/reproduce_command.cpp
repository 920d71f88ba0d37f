#include <fmt/format.h>

#include "common/write_file.hpp"
#include "overhead/command/commands.hpp"
#include "overhead/gate/reproduction.hpp"

namespace hopcost::overhead {

int reproduce_command(const Program& program, const std::stop_token& stop) {
  const auto& options = program.reproduce;
  const auto before = read_study(options.run);
  if (!before) return report_error(before.error());
  auto experiment = experiment_from_text(before->config, before->file.string() + ": config");
  if (!experiment) return report_error(experiment.error());
  if (options.restarts) experiment->restarts = *options.restarts;
  if (options.time_budget > 0) experiment->time_budget = options.time_budget;
  const auto folder = make_results_folder(program.output, experiment->name + "-again");
  if (!folder) return report_error(folder.error());
  Program again = program;
  again.experiment = std::move(*experiment);
  constexpr int kNoVerdict = 2;
  if (const int code = run_into(*folder, again, stop); code != 0 && code != kNoVerdict) {
    return code;
  }
  const auto after = read_study(*folder);
  if (!after) return report_error(after.error());
  const auto judged = judge_reproduction(*before, *after, options.within);
  const auto text = reproduction_text(judged);
  fmt::print("\n{} again:\n{}", before->file.string(), text);
  if (const auto written = write_file(*folder / "reproduction.txt", text); !written) {
    return report_error(written.error());
  }
  return gate_exit_code(judged.verdict());
}

}  // namespace hopcost::overhead
