#pragma once

#include <optional>
#include <string>
#include <vector>

#include "overhead/harness/run_only.hpp"
#include "overhead/measure/calibration.hpp"
#include "overhead/plan/experiment.hpp"

namespace hopcost::overhead {

enum class Subcommand {
  run,
  stacks,
  calibrate,
  gate,
  compare,
  doctor,
  micro,
  report,
  reproduce,
  run_only,
  design,
  harnesses,
  cluster,
  meter
};

/// `overhead gate`.
struct GateOptions {
  std::string run;     ///< results folder, or its run.json
  std::string budget;  ///< file with the budgets
  std::string stored;  ///< a run made before, as `run`; empty: none
  bool explain = false;
};

/// One of the two that `overhead compare` compares: exactly one of these is given.
struct BuildOptions {
  std::string command;  ///< a command line, with a manifest's placeholders
  std::string stack;    ///< name or file of a manifest, taken as it stands
};

/// `overhead compare`.
struct CompareOptions {
  BuildOptions base;
  BuildOptions head;
  std::string stack;  ///< the manifest that the commands start; empty: nothing but the command
  std::string ready = "/v1/models";  ///< without a manifest: answers 200 when it is up
  Nanos ready_timeout = 60 * kSecond;
  std::string budget;  ///< file; empty: 2 % of CPU per request
  int workers = 1;
  bool bisect = false;  ///< no verdict is 125, for `git bisect run`
};

/// `overhead micro`.
struct MicroOptions {
  std::string base;  ///< files
  std::string head;
  double level = 0.05;
  double at_least_percent = 2;
};

/// `overhead stacks`: lists, unless it is told to do something.
struct StacksOptions {
  std::vector<std::string> install;  ///< names, files, or "all"
  std::vector<std::string> check;    ///< the same; "all" is what is installed
  std::string start;                 ///< one that is kept up, with a backend, until it is stopped
  int workers = 1;                   ///< of those that are checked or started
  int replicas = 1;                  ///< of what is started
  int backend_replicas = 1;          ///< behind it
  int backend_port = 0;              ///< of what is started; 0: a free one
  int stack_port = 0;                ///< the same
  std::string backend_config;        ///< scenario file of the same; empty: none
};

/// `overhead report`.
struct ReportOptions {
  std::string run;                       ///< results folder, or its run.json
  std::vector<std::string> compare;      ///< two of them beside each other, instead; or none
  std::vector<std::string> charts;       ///< folders with load runs, instead; or none
  std::vector<std::string> cross_check;  ///< runs with several harnesses, instead; or none
  bool per_arm = false;
  bool open = false;
};

/// `overhead reproduce`.
struct ReproduceOptions {
  std::string run;              ///< results folder, or its run.json
  double within = 0.2;          ///< of what was added: a change that counts as none
  std::optional<int> restarts;  ///< else as many as the run had been asked for
  Nanos time_budget = 0;        ///< above 0: instead of the run's own
};

/// `overhead run-only`.
struct RunOnly {
  std::string config;    ///< file
  std::string on;        ///< "here", "kubernetes"; empty: as the file says
  std::string outcomes;  ///< file for what each workload gave; empty: none
  RunOnlyOptions how;
};

/// `overhead cluster`.
struct ClusterOptions {
  ClusterPlace place;
  std::string selector = "app.kubernetes.io/part-of=hopcost";  ///< of pods and Deployments
  Nanos wait = 0;  ///< until all is ready, at most so long; 0: only look
};

/// `overhead meter`.
struct MeterOptions {
  std::string stack;  ///< whose workers are counted; empty: none
  int port = 8321;    ///< on which it listens
};

/// An overhead command line.
struct Program {
  Subcommand subcommand = Subcommand::run;
  Experiment experiment;  ///< the file, with flags laid over it
  CalibrateOptions calibrate;
  GateOptions gate;
  CompareOptions compare;
  MicroOptions micro;
  StacksOptions stacks;
  ReportOptions report;
  ReproduceOptions reproduce;
  RunOnly run_only;
  ClusterOptions cluster;
  MeterOptions meter;
  std::string design;                          ///< of `overhead design`: file
  std::vector<std::string> install_harnesses;  ///< of `overhead harnesses`: names, or "all"
  bool harness_names = false;                  ///< of the same: of those that can drive a run
  std::string resume;   ///< results folder of a run that was cut short; empty: a new run
  std::string formats;  ///< of a run: other tools' forms of each cell and arm, a list
  std::string output;   ///< results folder; empty: results/<name>-<time>; of a gate: the run's;
                        ///< of a check: its file
  bool quiet = false;
  std::string serve;  ///< of a run: where a live page can be looked at, HOST:PORT; empty: nowhere
  std::string command_line;
};

/// Nothing when the program should go on with `program`, else its exit code.
[[nodiscard]] std::optional<int> parse_options(int argc, const char* const* argv, Program& program);

}  // namespace hopcost::overhead
