#include "loadgen/command/generator_options.hpp"

#include <charconv>
#include <string_view>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace hopcost::loadgen {
namespace {

/// "2/8" or nothing; and what several processes cannot have.
Result<void> read_share(const RawGenerator& raw, Program& program) {
  auto& run = program.run;
  if (!raw.share.empty()) {
    const auto slash = raw.share.find('/');
    const auto number = [](std::string_view text) {
      int value = -1;
      const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
      return ec == std::errc() && end == text.data() + text.size() ? value : -1;
    };
    const int share = number(std::string_view(raw.share).substr(0, slash));
    const int shares =
        slash == std::string::npos ? -1 : number(std::string_view(raw.share).substr(slash + 1));
    if (share < 1 || shares < share || shares > 1024) {
      return fail(ErrorCode::usage, fmt::format("--share: '{}' is not such as 2/8", raw.share));
    }
    run.share = share - 1;
    run.shares = shares;
  }
  if (!raw.start_at.empty()) {
    double seconds = 0;
    const auto* const last = raw.start_at.data() + raw.start_at.size();
    const auto [end, ec] = std::from_chars(raw.start_at.data(), last, seconds);
    if (ec != std::errc() || end != last || seconds < 0 || seconds > 4e9) {
      return fail(ErrorCode::usage,
                  fmt::format("--start-at: '{}' is no time in seconds since 1970", raw.start_at));
    }
    run.start_at = static_cast<Nanos>(seconds * 1e6) * kMicrosecond;
  }
  if (program.processes == 1) return {};
  const bool planned = program.plan.kind != Plan::Kind::none;
  if (planned || run.shares > 1 || run.record > 0 || !run.stop_if.empty()) {
    return fail(ErrorCode::usage,
                "--processes: not with --sweep, --search, --share, --record or --stop-if");
  }
  if (run.threads * program.processes > run.connections()) {
    return fail(ErrorCode::usage,
                fmt::format("--processes: {} processes of {} threads for {} connections",
                            program.processes, run.threads, run.connections()));
  }
  return {};
}

}  // namespace

void add_generator_options(CLI::App& group, RawGenerator& raw, Program& program) {
  Options& run = program.run;
  group.add_option("-t,--threads", run.threads, "Generator threads")->check(CLI::Range(1, 1024));
  group
      .add_option(
          "--idle", raw.idle,
          "block: sleeps until shortly before something is due; spin: never, costs a core a thread")
      ->check(CLI::IsMember({"block", "spin"}))
      ->type_name("block|spin");
  group
      .add_option("--processes", program.processes,
                  "Processes that make the load together, each with --threads")
      ->check(CLI::Range(1, 1024));
  group
      .add_option("--share", raw.share,
                  "This is share 2 of 8 of one load: 2/8; loadgen merge joins their results")
      ->type_name("K/N")
      ->default_str("");
  group.add_option("--start-at", raw.start_at, "Begin then: seconds since 1970, for all shares")
      ->type_name("TIME")
      ->default_str("");
  group.add_flag("!--no-probe", program.probe,
                 "Open loop: do not ask first whether the rate can be had");
  group.add_flag("--dry-run", program.dry_run,
                 "Say what would be sent and what it needs; send nothing");
  group.add_option("--cpus", raw.cpus, "Run on these CPUs only, such as 0-3,8");
}

Result<void> read_generator(const RawGenerator& raw, Program& program) {
  Options& run = program.run;
  if (!raw.cpus.empty()) {
    auto cpus = parse_cpu_list(raw.cpus);
    if (!cpus) return std::unexpected(cpus.error());
    run.cpus = *cpus;
  }
  run.idle = raw.idle == "spin" ? Idle::spin : Idle::block;
  if (const auto shared = read_share(raw, program); !shared) return shared;
  // A plan's levels have as many threads as they have users.
  if (program.plan.kind == Plan::Kind::none && run.all_threads() > run.connections()) {
    return fail(ErrorCode::usage, fmt::format("--threads: {} threads for {} connections",
                                              run.all_threads(), run.connections()));
  }
  return {};
}

}  // namespace hopcost::loadgen
