#include "overhead/command/harness_options.hpp"

#include <CLI/CLI.hpp>

#include "overhead/command/stacks_options.hpp"

namespace hopcost::overhead {

void bind_run_only(CLI::App& app, Program& program) {
  auto& options = program.run_only;
  app.add_option("-c,--config", options.config,
                 "config.yaml with endpoint, control, harness, env and workload")
      ->required()
      ->type_name("FILE");
  app.add_option("--override", options.how.changes,
                 "A value of every workload: data.shared_prefix.output_len=64 (repeatable)")
      ->type_name("KEY=VALUE")
      ->default_str("");
  app.add_option("--time-scale", options.how.time_scale,
                 "Stages become so many times as long: 0.1 for a trial")
      ->check(CLI::Range(1e-4, 100.0));
  app.add_option("--on", program.run_only.on,
                 "here or kubernetes; else a file with harness.image runs on Kubernetes, unless "
                 "base_url is this machine")
      ->type_name("PLACE")
      ->default_str("")
      ->check(CLI::IsMember({"here", "kubernetes"}));
  app.add_option("--outcomes", program.run_only.outcomes,
                 "File for what each workload gave: its folders, whether it is valid, as JSON")
      ->type_name("FILE")
      ->default_str("");
  app.add_flag("--keep-launchers", options.how.keep_launchers,
               "On Kubernetes: leave the launcher pods, to look at the results from");
  app.add_flag("-q,--quiet", program.quiet, "No progress on standard error");
}

void bind_harnesses(CLI::App& app, Program& program) {
  app.add_option("--install", program.install_harnesses,
                 "Install these by their manifests: names, .yaml files, or all")
      ->delimiter(',')
      ->type_name("NAME")
      ->default_str("");
  app.add_flag("--names", program.harness_names,
               "Only the names of those that are there and drive the rounds of overhead run");
  bind_stacks_folder(app);
}

}  // namespace hopcost::overhead
