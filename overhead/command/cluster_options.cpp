#include "overhead/command/cluster_options.hpp"

#include <CLI/CLI.hpp>

#include "common/cli.hpp"

namespace hopcost::overhead {

void bind_cluster(CLI::App& app, ClusterOptions& options) {
  app.add_option("-n,--namespace", options.place.name_space, "Where it runs")->type_name("NS");
  app.add_option("--kubectl", options.place.kubectl,
                 "kubectl or oc; its current context says which cluster")
      ->type_name("PROGRAM");
  app.add_option("-l,--selector", options.selector, "Labels of what is looked at")
      ->type_name("LABELS");
  add_duration(app, "--wait", options.wait, "Wait until all is ready, at most so long");
}

void bind_meter(CLI::App& app, MeterOptions& options) {
  app.add_option("--stack", options.stack, "Count workers as this stack's manifest says")
      ->type_name("NAME");
  app.add_option("--port", options.port, "On which it listens")->check(CLI::Range(1, 65535));
}

}  // namespace hopcost::overhead
