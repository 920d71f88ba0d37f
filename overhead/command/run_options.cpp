#include "overhead/command/run_options.hpp"

#include <algorithm>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "common/folders.hpp"

namespace hopcost::overhead {

namespace {

/// Whether anything is said about servers that their Deployments say on a cluster. A file says the
/// defaults where config.yaml is run again.
bool sets_servers(const MeasuringFlags& flags, const Experiment& e) {
  if (flags.ttft >= 0 || !flags.itl.empty()) return true;
  const Experiment unsaid;
  const auto has_delays = [](const Factors& factors) { return !factors.chunk_delays.empty(); };
  return e.ttft != unsaid.ttft || e.itl != unsaid.itl || !e.backend_config.empty() ||
         e.backend_port != 0 || e.stack_port != 0 || std::ranges::any_of(e.treatments, has_delays);
}

Result<void> place_on_cluster(const RunFlags& flags, Experiment& e) {
  if (flags.on == "here") e.cluster.reset();
  if (flags.on == "kubernetes" && !e.cluster) e.cluster.emplace();
  if (!e.cluster) {
    if (flags.name_space.empty() && flags.kubectl.empty()) return {};
    return fail(ErrorCode::usage, "--namespace and --kubectl: of --on kubernetes");
  }
  if (!flags.name_space.empty()) e.cluster->name_space = flags.name_space;
  if (!flags.kubectl.empty()) e.cluster->kubectl = flags.kubectl;
  if (e.attach || !e.harness.empty()) {
    return fail(ErrorCode::usage,
                "--on kubernetes: its launcher drives its own Services, so not with --attach, "
                "--harness");
  }
  // Each pass is begun from here.
  constexpr Nanos kLeast = kSecond;
  e.min_pass = std::max(e.min_pass, kLeast);
  return {};
}

}  // namespace

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
  if (!flags.harness.empty()) e.harness = flags.harness;
  if (const auto placed = place_on_cluster(flags, e); !placed) return placed;
  if (const auto laid = lay_over(flags.measuring, e); !laid) return laid;
  if (e.cluster && sets_servers(flags.measuring, e)) {
    return fail(
        ErrorCode::usage,
        "--on kubernetes: delays and ports are those of the Deployments, so without ttft, "
        "itl, chunk_delays, backend_config, backend_port, stack_port, here and in the file");
  }
  // Other tools count in whole seconds, and take some to begin.
  constexpr Nanos kShortest = 3 * kSecond;
  if (!e.harness.empty()) e.min_pass = std::max(e.min_pass, kShortest);
  return {};
}

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
  what->add_option("--harness", flags.harness,
                   "Load generator of the rounds instead of our own: see 'overhead harnesses'")
      ->type_name("NAME");

  auto* cluster = app.add_option_group("Where");
  cluster
      ->add_option(
          "--on", flags.on,
          "kubernetes: Deployments that deploy/apply.sh made are scaled and measured; here; "
          "else as the file says")
      ->type_name("PLACE")
      ->default_str("")
      ->check(CLI::IsMember({"here", "kubernetes"}));
  cluster->add_option("--namespace", flags.name_space, "Of the Deployments; else hopcost")
      ->type_name("NS");
  cluster->add_option("--kubectl", flags.kubectl, "Its client, such as oc; else kubectl")
      ->type_name("PROGRAM");

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

}  // namespace hopcost::overhead
