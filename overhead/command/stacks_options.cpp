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
  app.add_option("--workers", options.workers, "Workers of what is checked")
      ->check(CLI::Range(1, 1024));
  app.add_option("-o,--output", program.output, "The check as JSON, into this file")
      ->type_name("FILE");
  app.add_flag("-q,--quiet", program.quiet, "No progress on standard error");
  bind_stacks_folder(app);
}

Result<void> finish_stacks(const StacksOptions& options) {
  if (!options.install.empty() && !options.check.empty()) {
    return fail(ErrorCode::usage, "--install and --check: one after the other");
  }
  return {};
}

}  // namespace hopcost::overhead
