#include "overhead/command/options.hpp"

#include <initializer_list>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "common/cli.hpp"
#include "overhead/command/calibrate_options.hpp"
#include "overhead/command/cluster_options.hpp"
#include "overhead/command/compare_options.hpp"
#include "overhead/command/harness_options.hpp"
#include "overhead/command/measuring_options.hpp"
#include "overhead/command/run_options.hpp"
#include "overhead/command/stacks_options.hpp"

namespace hopcost::overhead {
namespace {

void bind_micro(CLI::App& app, Program& program) {
  auto& options = program.micro;
  app.add_option("base", options.base,
                 "JSON of overhead_micro (or any Google Benchmark) before the change")
      ->required()
      ->type_name("FILE");
  app.add_option("head", options.head, "The same after it")->required()->type_name("FILE");
  app.add_option("--level", options.level, "Chance that anything is called different which is not")
      ->check(CLI::Range(1e-6, 0.5));
  app.add_option("--at-least", options.at_least_percent, "Smaller changes are not called any, in %")
      ->check(CLI::Range(0.0, 100.0));
}

void bind_report(CLI::App& app, Program& program) {
  auto* run =
      app.add_option("run", program.report.run, "Results folder of 'overhead run', or its run.json")
          ->type_name("DIR");
  const auto instead = [&](const char* name, std::vector<std::string>& folders, const char* type,
                           int least, int most, const char* what) {
    app.add_option(name, folders, what)
        ->type_name(type)
        ->expected(least, most)
        ->default_str("")
        ->excludes(run);
  };
  auto& asked = program.report;
  instead(
      "--compare", asked.compare, "DIR DIR", 2, 2,
      "Instead: two results folders beside each other, as a table, and with --output as a page");
  instead("--charts", asked.charts, "DIR...", 1, 1000,
          "Instead: pictures of the load runs in these folders that are tagged as "
          "run-guidellm-benchmark.sh tags them");
  instead("--cross-check", asked.cross_check, "DIR...", 2, 100,
          "Instead: the same cells as several load generators measured them (overhead run "
          "--harness), as Markdown");
  app.add_flag("--per-arm", program.report.per_arm,
               "Also a page for each arm by itself: baseline.html and stack.html");
  app.add_flag("--open", program.report.open, "Show report.html in the browser");
  app.add_option("-o,--output", program.output,
                 "Folder for the files; else the run's. Of --compare: the page's file")
      ->type_name("DIR");
}

Result<void> finish_report(const ReportOptions& asked) {
  if (!asked.run.empty() || !asked.compare.empty() || !asked.charts.empty() ||
      !asked.cross_check.empty()) {
    return {};
  }
  return fail(ErrorCode::usage,
              "report: which run? A results folder, or --compare DIR DIR, or --charts DIR, or "
              "--cross-check DIR DIR");
}

void bind_reproduce(CLI::App& app, Program& program) {
  auto& options = program.reproduce;
  app.add_option("run", options.run, "Results folder of 'overhead run', or its run.json")
      ->required()
      ->type_name("DIR");
  app.add_option_function<double>(
         "--within", [&options](double percent) { options.within = percent / 100; },
         "A change of what was added by so many % counts as none (20)")
      ->type_name("PERCENT")
      ->check(CLI::Range(1.0, 1000.0));
  app.add_option("--restarts", options.restarts, "Times each stack is started again; else as then")
      ->default_str("")
      ->check(CLI::Range(2, 1000));
  add_duration(app, "--time-budget", options.time_budget, "Most that it may take; else as then")
      ->default_str("");
  bind_results(app, program);
  bind_stacks_folder(app);
}

void bind_gate(CLI::App& app, Program& program) {
  auto& options = program.gate;
  app.add_option("run", options.run, "Results folder of 'overhead run'")
      ->required()
      ->type_name("DIR");
  app.add_option("--budget", options.budget,
                 "File with the budgets, such as configs/budgets/ci.yaml")
      ->required()
      ->type_name("FILE");
  app.add_option("--stored", options.stored,
                 "Results folder of an earlier run on this machine, for budgets with grows_at_most")
      ->type_name("DIR");
  app.add_flag("--explain", options.explain, "Sentences instead of a table");
  app.add_option("-o,--output", program.output, "Folder for gate.json, gate.md and gate-junit.xml")
      ->type_name("DIR");
}

}  // namespace

std::optional<int> parse_options(int argc, const char* const* argv, Program& program) {
  for (int i = 0; i < argc; ++i) {
    program.command_line += (i == 0 ? "overhead" : fmt::format(" {}", argv[i]));
  }
  CLI::App app{"Measures what one more hop in front of a model costs.", "overhead"};
  app.option_defaults()->always_capture_default();
  RunFlags flags;
  MeasuringFlags comparing;
  CostFlags costs;
  std::string unused;
  app.require_subcommand(1);

  auto* run = app.add_subcommand("run", "Stand stacks up and measure what they add");
  bind_run(*run, flags, program);
  bind_stacks_folder(*run);
  auto* stacks = app.add_subcommand(
      "stacks", "List the known stacks, install them, check what they do to requests");
  bind_stacks(*stacks, program);
  auto* calibrate =
      app.add_subcommand("calibrate", "Does the ruler recover known costs? Prints a table");
  bind_calibrate(*calibrate, costs, program.calibrate);
  bind_results(*calibrate, program);
  auto* doctor = app.add_subcommand("doctor", "What this machine can tell apart, what to change");
  auto* gate =
      app.add_subcommand("gate", "Does a run keep to its budgets? 0 yes, 1 no, 2 no verdict");
  bind_gate(*gate, program);
  auto* compare =
      app.add_subcommand("compare", "Two builds of one stack, measured in the same rounds");
  bind_compare(*compare, comparing, program.compare);
  bind_results(*compare, program);
  bind_stacks_folder(*compare);

  auto* micro = app.add_subcommand("micro", "Microbenchmarks of base against those of head");
  bind_micro(*micro, program);
  auto* report = app.add_subcommand("report", "Render a run's reports again from its run.json");
  bind_report(*report, program);
  auto* reproduce =
      app.add_subcommand("reproduce", "Make a run again, here: is it reproduced, or not?");
  bind_reproduce(*reproduce, program);
  auto* run_only = app.add_subcommand(
      "run-only",
      "Drive an endpoint that runs, as llm-d's run_only.sh: endpoint, harness, workload");
  bind_run_only(*run_only, program);
  bind_stacks_folder(*run_only);
  auto* harnesses = app.add_subcommand(
      "harnesses", "List the load generators that run, run-only and scripts/run.sh can use");
  bind_harnesses(*harnesses, program);
  auto* cluster = app.add_subcommand(
      "cluster", "What runs of hopcost on Kubernetes, and what keeps the rest from it");
  bind_cluster(*cluster, program.cluster);
  auto* meter =
      app.add_subcommand("meter", "In a pod: what the containers beside this one use, as JSON");
  bind_meter(*meter, program.meter);
  auto* design = app.add_subcommand(
      "design", "What an experiment by design makes: a line for each setup and each of its runs");
  design->add_option("file", program.design, "File with setup and run: factors, levels, treatments")
      ->required()
      ->type_name("FILE");

  add_common_options(app, "overhead", unused);
  app.remove_option(app.get_option("--config"));  // an experiment file takes its place
  return parse_command_line(app, argc, argv, "", [&]() -> Result<void> {
    const std::initializer_list<std::pair<const CLI::App*, Subcommand>> all{
        {run, Subcommand::run},
        {stacks, Subcommand::stacks},
        {calibrate, Subcommand::calibrate},
        {gate, Subcommand::gate},
        {compare, Subcommand::compare},
        {doctor, Subcommand::doctor},
        {micro, Subcommand::micro},
        {report, Subcommand::report},
        {reproduce, Subcommand::reproduce},
        {run_only, Subcommand::run_only},
        {design, Subcommand::design},
        {harnesses, Subcommand::harnesses},
        {cluster, Subcommand::cluster},
        {meter, Subcommand::meter}};
    for (const auto& [subcommand, name] : all) {
      if (subcommand->parsed()) program.subcommand = name;
    }
    switch (program.subcommand) {
      case Subcommand::run:
        return program.resume.empty() ? finish_run(flags, program) : stands_alone(*run);
      case Subcommand::stacks:
        return finish_stacks(program.stacks);
      case Subcommand::compare:
        return finish_compare(comparing, program);
      case Subcommand::report:
        return finish_report(program.report);
      case Subcommand::calibrate:
        return finish_calibrate(costs, program.calibrate);
      default:
        return {};
    }
  });
}

}  // namespace hopcost::overhead
