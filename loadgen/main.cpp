#include <string_view>
#include <unistd.h>

#include <fmt/format.h>

#include "common/stop_signal.hpp"
#include "loadgen/merge/merge_command.hpp"
#include "loadgen/merge/processes.hpp"
#include "loadgen/options.hpp"
#include "loadgen/output/results.hpp"
#include "loadgen/plan/dry_run.hpp"
#include "loadgen/plan/plan.hpp"
#include "loadgen/watched_run.hpp"

namespace {

using namespace hopcost;
using namespace hopcost::loadgen;

RunRecord recorded(const Program& program, RunResult result) {
  const Nanos started_at = epoch_now_ns() - (now_ns() - result.start_ns);
  auto judgement = judge(program.run, result);
  return {program.run, std::move(result), std::move(judgement), started_at, {}, {}};
}

/// A sweep or a search.
Result<RunRecord> carried_out(const Program& program, const std::stop_token& stop, bool live) {
  const auto run_level = [&](const Options& options, int number) {
    if (live) {
      fmt::print(stderr, "level {}: {}\n", number + 1,
                 options.open_loop() ? fmt::format("{:.1f}/s", options.rate_per_s)
                                     : fmt::format("{} users", options.concurrency));
    }
    return run_watched(options, stop, live);
  };
  auto done = carry_out(program.plan, program.run, run_level);
  if (!done) return std::unexpected(done.error());
  auto record = recorded(program, std::move(done->total));
  record.sweep = program.plan.text();
  record.findings = done->findings.text();
  if (done->busiest_share > kBusyShare) {
    record.judgement.faults.push_back(
        {"generator_saturated", fmt::format("a generator thread was busy {:.0f} % of the time",
                                            100 * done->busiest_share)});
  }
  return record;
}

Result<RunRecord> measured(const Program& program) {
  if (program.processes > 1) {
    auto result = run_processes(program.run, program.processes);
    if (!result) return std::unexpected(result.error());
    return recorded(program, std::move(*result));
  }
  const StopOnSignal signals;
  const bool live = !program.quiet && ::isatty(STDERR_FILENO) == 1;
  if (program.plan.kind != Plan::Kind::none) return carried_out(program, signals.token(), live);
  if (program.run.open_loop() && program.probe) {
    if (auto possible = check_little(program.run); !possible) {
      return std::unexpected(possible.error());
    }
  }
  auto result = run_watched(program.run, signals.token(), live);
  if (!result) return std::unexpected(result.error());
  return recorded(program, std::move(*result));
}

int fail_with(const Error& error) {
  fmt::print(stderr, "loadgen: {}\n", error.to_string());
  return error.exit_code();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "merge") {
    return merge_command(argc - 1, argv + 1);
  }
  Program program;
  if (const auto code = parse_options(argc, argv, program)) return *code;
  if (program.dry_run) {
    const auto text = dry_run(program.run);
    if (!text) return fail_with(text.error());
    fmt::print("{}", *text);
    return 0;
  }
  const auto record = measured(program);
  if (!record) return fail_with(record.error());
  return present(*record, {program.output, program.formats, program.json, program.html});
}
