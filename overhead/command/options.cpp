#include "overhead/command/options.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "common/cli.hpp"
#include "common/folders.hpp"
#include "overhead/command/calibrate_options.hpp"
#include "overhead/command/compare_options.hpp"
#include "overhead/command/measuring_options.hpp"
#include "overhead/command/stacks_options.hpp"

namespace hopcost::overhead {
namespace {

/// What the command line of `overhead run` says; laid over the experiment file.
struct RunFlags {
  std::string file;
  std::vector<std::string> stacks;
  std::vector<int> workers;
  std::vector<int> replicas;
  std::vector<int> backend_replicas;
  std::optional<int> stack_port;
  Attach attach;
  MeasuringFlags measuring;
};

Result<void> finish_run(const RunFlags& flags, Program& program) {
  std::string file = flags.file;
  if (file.empty() && flags.stacks.empty() && flags.attach.stack.empty()) {
    const auto folder = configs_folder("stacks");
    if (!folder) return std::unexpected(folder.error());
    file = (*folder / "experiments" / "quickstart.yaml").string();
  }
  if (!file.empty()) {
    auto loaded = load_experiment(file);
    if (!loaded) return std::unexpected(loaded.error());
    program.experiment = *loaded;
  }
  Experiment& e = program.experiment;
  for (auto& factors : e.treatments) {
    if (!flags.stacks.empty()) factors.stacks = flags.stacks;
    if (!flags.workers.empty()) factors.workers = flags.workers;
    if (!flags.replicas.empty()) factors.replicas = flags.replicas;
    if (!flags.backend_replicas.empty()) factors.backend_replicas = flags.backend_replicas;
  }
  if (!flags.stacks.empty()) {
    e.treatments.resize(1);
    e.skip_missing = false;  // what is named must be there
  }
  if (flags.stack_port) e.stack_port = *flags.stack_port;
  const auto& attach = flags.attach;
  if (attach.baseline.empty() != attach.stack.empty()) {
    return fail(ErrorCode::usage,
                "--baseline and --attach go together: a backend, and what is in "
                "front of it");
  }
  if (!attach.stack.empty()) {
    if (!flags.stacks.empty() || !flags.workers.empty() || !flags.replicas.empty() ||
        !flags.backend_replicas.empty()) {
      return fail(ErrorCode::usage,
                  "--attach measures what runs already: no --stack, --workers, --replicas, "
                  "--backend-replicas");
    }
    e.attach = attach;
    if (flags.file.empty()) e.name = "attached";
    e.treatments.resize(1);
  }
  return lay_over(flags.measuring, e);
}

/// Of `--resume`: the record says what is measured, and how.
Result<void> stands_alone(const CLI::App& run) {
  for (const auto* group : run.get_subcommands(nullptr)) {
    if (auto alone = stands_alone(*group); !alone) return alone;
  }
  for (const auto* option : run.get_options()) {
    const auto name = option->get_name();
    // Where stacks lie is not what is measured, and may come from the environment.
    const bool free =
        name == "--resume" || name == "--quiet" || name == "--stacks-dir" || name == "--format";
    if (option->count() == 0 || free) continue;
    return fail(ErrorCode::usage,
                fmt::format("--resume goes on with a run as it was begun: not with {}", name));
  }
  return {};
}

void bind_results(CLI::App& app, Program& program) {
  app.add_option("-o,--output", program.output, "Results folder")->type_name("DIR");
  app.add_flag("-q,--quiet", program.quiet, "No progress on standard error");
}

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
  app.add_option(
         "--compare", program.report.compare,
         "Instead: two results folders beside each other, as a table, and with --output as a "
         "page")
      ->type_name("DIR DIR")
      ->expected(2)
      ->default_str("")
      ->excludes(run);
  app.add_option("--charts", program.report.charts,
                 "Instead: pictures of the load runs in these folders that are tagged as "
                 "run-guidellm-benchmark.sh tags them")
      ->type_name("DIR...")
      ->expected(1, 1000)
      ->default_str("")
      ->excludes(run);
  app.add_flag("--per-arm", program.report.per_arm,
               "Also a page for each arm by itself: baseline.html and stack.html");
  app.add_flag("--open", program.report.open, "Show report.html in the browser");
  app.add_option("-o,--output", program.output,
                 "Folder for the files; else the run's. Of --compare: the page's file")
      ->type_name("DIR");
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

void bind_run(CLI::App& app, RunFlags& flags, Program& program) {
  app.add_option("experiment", flags.file,
                 "Experiment file; without it and without --stack: the quickstart")
      ->type_name("FILE");
  app.add_option("--resume", program.resume,
                 "Goes on with a run that was cut short, in its results folder; alone, or with -q")
      ->type_name("DIR");
  auto* what = app.add_option_group("What is measured");
  what->add_option("--stack", flags.stacks, "Stacks: names (see 'overhead stacks') or .yaml files")
      ->delimiter(',')
      ->default_str("");
  what->add_option("--workers", flags.workers, "Worker counts, such as 1,2,4")
      ->delimiter(',')
      ->default_str("")
      ->check(CLI::Range(1, 1024));
  what->add_option("--replicas", flags.replicas, "Stack instances behind the load generator")
      ->delimiter(',')
      ->default_str("")
      ->check(CLI::Range(1, 1024));
  what->add_option("--backend-replicas", flags.backend_replicas, "Backends behind the stack")
      ->delimiter(',')
      ->default_str("")
      ->check(CLI::Range(1, 64));
  bind_load(*what, flags.measuring);

  auto* attach = app.add_option_group("What somebody else runs");
  attach->add_option("--baseline", flags.attach.baseline, "URL of the backend")->type_name("URL");
  attach->add_option("--attach", flags.attach.stack, "URL of the stack in front of it")
      ->type_name("URL");
  attach->add_option("--baseline-model", flags.attach.baseline_model,
                     "Model to ask the backend for; else the first that its /models names");
  attach->add_option("--model", flags.attach.model, "The same of the stack");
  attach
      ->add_option("--pid", flags.attach.pid,
                   "The stack's first process; else whoever listens on its port")
      ->default_str("")
      ->check(CLI::Range(1, 4'194'304));
  attach->add_option("--api-key-env", flags.attach.api_key_env,
                     "Environment variable that holds the API key of both");
  attach
      ->add_option("--scrape", flags.attach.scrape,
                   "URL of metrics that are kept with each pass, such as http://HOST:PORT/metrics")
      ->type_name("URL");

  auto* how = app.add_option_group("How");
  bind_repetitions(*how, flags.measuring);
  how->add_option("--stack-port", flags.stack_port, "First port of the stack (0: free ones)")
      ->check(CLI::Range(0, 65535));
  how->add_option("--format", program.formats,
                  "Also each cell and arm in other tools' forms, in cells/: a list such as "
                  "locust,guidellm (docs/outputs.md)")
      ->type_name("LIST");
  app.add_option("--serve", program.serve,
                 "A live page of the run, read-only: 127.0.0.1:8090 (port 0: a free one)")
      ->type_name("HOST:PORT")
      ->default_str("");
  bind_results(app, program);
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

  add_common_options(app, "overhead", unused);
  app.remove_option(app.get_option("--config"));  // an experiment file takes its place
  return parse_command_line(app, argc, argv, "", [&]() -> Result<void> {
    if (stacks->parsed()) {
      program.subcommand = Subcommand::stacks;
      return finish_stacks(program.stacks);
    }
    if (doctor->parsed()) {
      program.subcommand = Subcommand::doctor;
      return {};
    }
    if (gate->parsed()) {
      program.subcommand = Subcommand::gate;
      return {};
    }
    if (compare->parsed()) {
      program.subcommand = Subcommand::compare;
      return finish_compare(comparing, program);
    }
    if (micro->parsed()) {
      program.subcommand = Subcommand::micro;
      return {};
    }
    if (report->parsed()) {
      program.subcommand = Subcommand::report;
      const auto& asked = program.report;
      if (asked.run.empty() && asked.compare.empty() && asked.charts.empty()) {
        return fail(ErrorCode::usage,
                    "report: which run? A results folder, or --compare DIR DIR, or --charts DIR");
      }
      return {};
    }
    if (reproduce->parsed()) {
      program.subcommand = Subcommand::reproduce;
      return {};
    }
    if (calibrate->parsed()) {
      program.subcommand = Subcommand::calibrate;
      return finish_calibrate(costs, program.calibrate);
    }
    program.subcommand = Subcommand::run;
    if (!program.resume.empty()) return stands_alone(*run);
    return finish_run(flags, program);
  });
}

}  // namespace hopcost::overhead
