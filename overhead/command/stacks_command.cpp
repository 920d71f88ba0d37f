#include <fmt/format.h>

#include "overhead/command/commands.hpp"
#include "overhead/measure/study.hpp"
#include "overhead/site/manifest.hpp"

namespace hopcost::overhead {

int stacks_command() {
  const auto manifests = load_all_manifests();
  if (!manifests) return report_error(manifests.error());
  for (const auto& manifest : *manifests) {
    const auto missing = missing_program(manifest);
    fmt::print("{}\n  {}\n", manifest.name, manifest.summary);
    if (missing) {
      fmt::print("  not installed: '{}' is missing; to install it: {}\n", *missing,
                 manifest.install);
    } else {
      fmt::print("  installed: {}\n", stack_version(manifest));
    }
    if (manifest.workers_knob.empty()) {
      fmt::print("  workers: no knob\n");
    } else {
      fmt::print("  workers: {}{}\n", manifest.workers_knob,
                 manifest.workers_seen_as == WorkersSeenAs::not_verifiable
                     ? ", set but not verifiable from outside"
                     : ", verified from the process tree");
    }
    fmt::print("  manifest: {}\n", manifest.file.string());
  }
  return 0;
}

}  // namespace hopcost::overhead
