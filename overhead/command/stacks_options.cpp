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
  bind_stacks_folder(app);
}

Result<void> finish_stacks(const StacksOptions& /*options*/) {
  return {};
}

}  // namespace hopcost::overhead
