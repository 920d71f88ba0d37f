#include "overhead/command/compare_options.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "common/cli.hpp"

namespace hopcost::overhead {
namespace {

/// A build is a command, or a known stack as its manifest starts it.
void bind_build(CLI::App& app, const std::string& which, BuildOptions& build,
                const std::string& command, const std::string& stack) {
  app.add_option("--" + which, build.command, command)->type_name("CMD");
  app.add_option("--" + which + "-stack", build.stack, stack)->type_name("NAME");
}

Result<void> finish_build(const std::string& which, const BuildOptions& build) {
  if (build.command.empty() == build.stack.empty()) {
    return fail(ErrorCode::usage,
                fmt::format("compare: {0} is {1}: --{0} CMD, or --{0}-stack NAME", which,
                            build.command.empty() ? "missing" : "named twice"));
  }
  return {};
}

}  // namespace

void bind_compare(CLI::App& app, MeasuringFlags& flags, CompareOptions& options) {
  auto* what = app.add_option_group("What is compared");
  bind_build(*what, "base", options.base,
             "Command that starts the build before; {port}, {backend_url}, {workers} stand for "
             "what we choose",
             "Instead: a stack as its manifest starts it (see 'overhead stacks'), or a .yaml file");
  bind_build(*what, "head", options.head, "The same of the build after", "The same of head");
  what->add_option("--stack", options.stack,
                   "The stack that the commands start: its configuration, model and ready check");
  what->add_option("--ready", options.ready, "Without --stack: path that answers 200 when it is up")
      ->type_name("PATH");
  add_duration(*what, "--ready-timeout", options.ready_timeout,
               "Without --stack: how long that may take");
  what->add_option("--workers", options.workers, "Workers of both")->check(CLI::Range(1, 1024));
  bind_load(*what, flags);
  auto* how = app.add_option_group("How");
  bind_repetitions(*how, flags);
  how->add_option("--budget", options.budget, "File with budgets; without it: cpu_per_request 2%")
      ->type_name("FILE");
  how->add_flag("--bisect", options.bisect,
                "For 'git bisect run': no verdict, and a build that does not come up, are 125");
}

Result<void> finish_compare(const MeasuringFlags& flags, Program& program) {
  for (const auto& [which, build] :
       {std::pair("base", &program.compare.base), std::pair("head", &program.compare.head)}) {
    if (const auto named = finish_build(which, *build); !named) return named;
  }
  Experiment& e = program.experiment;
  e.name = "compare";
  Factors factors;
  factors.stacks.clear();
  factors.workers = {program.compare.workers};
  factors.concurrency = {8};
  factors.modes = {Mode::unary};
  e.treatments = {factors};
  return lay_over(flags, e);
}

}  // namespace hopcost::overhead
