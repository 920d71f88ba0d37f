#include "overhead/command/stacks_options.hpp"

#include <cstdlib>

#include <CLI/CLI.hpp>

namespace hopcost::overhead {

void bind_stacks_folder(CLI::App& app) {
  app.add_option_function<std::string>(
         "--stacks-dir",
         [](const std::string& folder) { setenv("HOPCOST_STACKS_DIR", folder.c_str(), 1); },
         "Folder of the stacks that pip and npm install (default: stacks, beside the programs' "
         "own)")
      ->type_name("DIR");
}

void bind_stacks(CLI::App& app, Program& program) {
  auto& options = program.stacks;
  app.add_option("--install", options.install,
                 "Install these by their manifests: names, .yaml files, or all")
      ->delimiter(',')
      ->type_name("NAME");
  app.add_option("--check", options.check,
                 "Start these and say what they do to requests and streams; all: what is installed")
      ->delimiter(',')
      ->type_name("NAME");
  app.add_option("--start", options.start,
                 "Start this one and a backend behind it, say where they are, and keep them up")
      ->type_name("NAME");
  app.add_option("--workers", options.workers, "Workers of what is checked or started")
      ->check(CLI::Range(1, 1024));
  app.add_option("--replicas", options.replicas, "Instances of the stack of --start")
      ->check(CLI::Range(1, 64));
  app.add_option("--backend-replicas", options.backend_replicas, "Backends behind it")
      ->check(CLI::Range(1, 64));
  app.add_option("--backend-port", options.backend_port, "Port of the backend of --start (0: free)")
      ->check(CLI::Range(0, 65535));
  app.add_option("--stack-port", options.stack_port, "Port of the stack of --start (0: free)")
      ->check(CLI::Range(0, 65535));
  app.add_option("--backend-config", options.backend_config,
                 "Scenario of the backend of --start, such as configs/backends/vllm-like.yaml")
      ->type_name("FILE")
      ->check(CLI::ExistingFile);
  app.add_option("-o,--output", program.output,
                 "The check as JSON, into this file; of --start a folder for logs")
      ->type_name("PATH");
  app.add_flag("-q,--quiet", program.quiet, "No progress on standard error");
  bind_stacks_folder(app);
}

Result<void> finish_stacks(const StacksOptions& options) {
  const int asked = static_cast<int>(!options.install.empty()) +
                    static_cast<int>(!options.check.empty()) +
                    static_cast<int>(!options.start.empty());
  if (asked > 1) {
    return fail(ErrorCode::usage, "--install, --check and --start: one after the other");
  }
  return {};
}

}  // namespace hopcost::overhead
