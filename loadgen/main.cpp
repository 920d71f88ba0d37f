#include <algorithm>
#include <optional>
#include <string_view>
#include <tuple>
#include <unistd.h>
#include <vector>

#include <fmt/format.h>

#include "common/stop_signal.hpp"
#include "loadgen/compare/compare_command.hpp"
#include "loadgen/live_view.hpp"
#include "loadgen/merge/merge_command.hpp"
#include "loadgen/merge/processes.hpp"
#include "loadgen/options.hpp"
#include "loadgen/output/results.hpp"
#include "loadgen/plan/dry_run.hpp"
#include "loadgen/plan/plan.hpp"
#include "loadgen/probe.hpp"
#include "loadgen/watched_run.hpp"
#include "web/page.hpp"

namespace {

using namespace hopcost;
using namespace hopcost::loadgen;

RunRecord recorded(const Program& program, RunResult result) {
  const Nanos started_at = epoch_now_ns() - (now_ns() - result.start_ns);
  auto judgement = judge(program.run, result);
  return {program.run, std::move(result),    std::move(judgement),  started_at, {},
          {},          program.suite.target, program.suite.scenario};
}

/// A sweep or a search.
Result<RunRecord> carried_out(const Program& program, const std::stop_token& stop, bool live,
                              LiveView* view) {
  const auto run_level = [&](const Options& options, int number) {
    if (live) {
      fmt::print(stderr, "level {}: {}\n", number + 1,
                 options.open_loop() ? fmt::format("{:.1f}/s", options.rate_per_s)
                                     : fmt::format("{} users", options.concurrency));
    }
    return run_watched(options, stop, live, view);
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

/// Requests whose results nobody looks at. An Error where the server cannot be reached.
Result<void> warm_up(const Program& program) {
  if (program.warmup_requests == 0) return {};
  const StopOnSignal signals;
  const auto done =
      run_watched(few_requests(program.run, program.warmup_requests), signals.token(), false);
  if (!done) return std::unexpected(done.error());
  if (!done->cut_short) return {};
  return fail(ErrorCode::not_valid, "stopped in the warm-up: nothing was measured");
}

Result<RunRecord> measured(const Program& program, LiveView* view) {
  if (const auto warm = warm_up(program); !warm) return std::unexpected(warm.error());
  if (program.processes > 1) {
    auto result = run_processes(program.run, program.processes);
    if (!result) return std::unexpected(result.error());
    return recorded(program, std::move(*result));
  }
  const StopOnSignal signals;
  const bool live = !program.quiet && ::isatty(STDERR_FILENO) == 1;
  if (program.plan.kind != Plan::Kind::none)
    return carried_out(program, signals.token(), live, view);
  if (program.run.open_loop() && program.probe) {
    if (auto possible = check_little(program.run); !possible) {
      return std::unexpected(possible.error());
    }
  }
  auto result = run_watched(program.run, signals.token(), live, view);
  if (!result) return std::unexpected(result.error());
  return recorded(program, std::move(*result));
}

int fail_with(const Error& error) {
  fmt::print(stderr, "loadgen: {}\n", error.to_string());
  return error.exit_code();
}

/// One run, or one for each model. What was measured before an Error is presented all the same.
int measure_all(Program program) {
  const Presentation how{program.output, program.report, program.formats, program.json,
                         program.html};
  LiveView view(program.suite);
  std::optional<web::LiveServer> server;
  if (program.serve) {
    if (!web::has_page()) return fail_with({ErrorCode::not_valid, std::string(web::kNoPage), {}});
    auto started = web::LiveServer::start(*program.serve, view.source());
    if (!started) return fail_with(started.error());
    if (!program.quiet) fmt::print(stderr, "live: {}\n", started->url());
    server.emplace(std::move(*started));
  }
  std::vector<RunRecord> records;
  const auto models = program.suite.models;
  for (std::size_t i = 0; i < std::max<std::size_t>(1, models.size()); ++i) {
    if (!models.empty()) program.run.models = {{models[i], 1}};
    auto record = measured(program, server ? &view : nullptr);
    if (!record) {
      if (!records.empty()) std::ignore = present(records, how);
      return fail_with(record.error());
    }
    records.push_back(std::move(*record));
    if (records.back().result.cut_short) break;
  }
  return present(records, how);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "merge") {
    return merge_command(argc - 1, argv + 1);
  }
  if (argc > 1 && std::string_view(argv[1]) == "compare") {
    return compare_command(argc - 1, argv + 1);
  }
  Program program;
  if (const auto code = parse_options(argc, argv, program)) return *code;
  if (program.dry_run) {
    const auto text = dry_run(program.run);
    if (!text) return fail_with(text.error());
    fmt::print("{}", *text);
    return 0;
  }
  return measure_all(std::move(program));
}
