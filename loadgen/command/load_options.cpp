#include "loadgen/command/load_options.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "common/cli.hpp"
#include "common/units.hpp"
#include "loadgen/schedule/decode.hpp"

namespace hopcost::loadgen {
namespace {

Result<void> read_plan(const RawLoad& raw, Program& program) {
  if (raw.sweep.empty() && raw.search.empty()) return {};
  const auto plan = raw.search.empty() ? parse_sweep(raw.sweep) : parse_search(raw.search);
  const auto* option = raw.search.empty() ? "--sweep" : "--search";
  if (!plan) return fail(ErrorCode::usage, fmt::format("{}: {}", option, plan.error().message));
  program.plan = *plan;
  const auto& run = program.run;
  if (run.open_loop()) {
    return fail(ErrorCode::usage,
                fmt::format("{} has loads of its own: no --rate, --stages, --replay", option));
  }
  return {};
}

Result<void> read_users(const RawLoad& raw, Options& run) {
  if (!raw.spawn_rate.empty()) {
    // A bare number is users a second, as everywhere.
    const bool bare = raw.spawn_rate.find_first_not_of("0123456789.") == std::string::npos;
    const auto rate = parse_rate(bare ? raw.spawn_rate + "/s" : raw.spawn_rate);
    if (!rate) return fail(ErrorCode::usage, "--spawn-rate: " + rate.error().message);
    run.spawn_per_s = *rate;
  }
  const auto think_time = ThinkTime::parse(raw.think_time);
  if (!think_time) return fail(ErrorCode::usage, "--think-time: " + think_time.error().message);
  run.think_time = *think_time;
  if (run.open_loop() && (run.spawn_per_s > 0 || !run.think_time.is_none())) {
    return fail(ErrorCode::usage,
                "--spawn-rate and --think-time are about users of a closed loop, which a rate and "
                "stages are not");
  }
  if (run.open_loop() && run.turns != TokenLength(1)) {
    return fail(ErrorCode::usage, "--turns is about users of a closed loop");
  }
  return {};
}

}  // namespace

void add_load_options(CLI::App& group, RawLoad& raw, Program& program) {
  Options& run = program.run;
  auto* concurrency = group
                          .add_option("-c,--concurrency,--users", run.concurrency,
                                      "Closed loop: requests always under way")
                          ->check(CLI::Range(1, 100'000));
  group
      .add_option("--spawn-rate", raw.spawn_rate,
                  "Closed loop: users begin one after another, so many a second: 10 or 10/s")
      ->type_name("RATE")
      ->default_str("");
  group
      .add_option("--think-time", raw.think_time,
                  "Closed loop: between a reply and the user's next request: 1s, 1s-3s, exp(2s)")
      ->type_name("TIME");
  auto* rate = add_rate(group, "-r,--rate", run.rate_per_s,
                        "Open loop: rate of requests, due on time whatever the answers do");
  rate->excludes(concurrency);
  auto* stages = group
                     .add_option("--stages", raw.stages,
                                 "Open loop: rates one after another, such as "
                                 "100/s:10s,100/s-500/s:30s (a ramp),0:5s (a pause)")
                     ->type_name("LIST")
                     ->excludes(concurrency)
                     ->excludes(rate);
  group
      .add_option("--arrival", raw.arrival,
                  "constant; uniform: jittered; poisson; gamma: --burstiness; burst: --burst")
      ->check(CLI::IsMember({"constant", "uniform", "poisson", "gamma", "burst"}))
      ->type_name("NAME");
  group.add_option("--jitter", run.arrival.jitter, "Arrival uniform: share of a gap")
      ->check(CLI::Range(0.0, 1.0));
  group
      .add_option("--burstiness", run.arrival.burstiness,
                  "Arrival gamma: below 1 bunched, 1 as poisson, above 1 even")
      ->check(CLI::Range(0.01, 1000.0));
  group.add_option("--burst", run.arrival.burst, "Arrival burst: requests at once")
      ->check(CLI::Range(1, 100'000));
  group.add_option("--seed", run.seed, "Of what is drawn");
  group.add_option("--max-in-flight", run.max_in_flight, "Open loop: connections to use at most")
      ->check(CLI::Range(1, 100'000));
  add_duration(group, "-d,--duration", run.duration, "Length of the measured window")
      ->excludes(stages);
  add_duration(group, "--warmup", run.warmup, "Load before the window, not counted");
  group.add_option("--warmup-requests", program.warmup_requests,
                   "Requests of one user before it all, not looked at");
  group.add_option("-n,--requests,--num-requests", run.max_requests,
                   "Stop after so many requests (0: no limit)");
  auto* sweep = group
                    .add_option("--sweep", raw.sweep,
                                "One load after another, each for --duration: "
                                "concurrency=1,2,4,8 (tells the knee), rate=10/s,50/s, or "
                                "between=10: from idle to saturation")
                    ->type_name("LIST")
                    ->default_str("");
  group
      .add_option("--search", raw.search,
                  "The highest rate from LOW to HIGH that meets --slo: 10/s-2000/s")
      ->type_name("LOW-HIGH")
      ->default_str("")
      ->excludes(sweep);
  add_duration(group, "--cooldown", run.cooldown, "Load after the window, not counted");
}

Result<void> read_load(const RawLoad& raw, Program& program) {
  Options& run = program.run;
  run.arrival.kind = arrival_kind(raw.arrival).value_or(Arrival::Kind::constant);
  if (!raw.stages.empty()) {
    auto stages = parse_stages(raw.stages);
    if (!stages) return fail(ErrorCode::usage, "--stages: " + stages.error().message);
    run.stages = *stages;
    run.duration = length_of(*stages);
  }
  if (run.replay && (run.rate_per_s > 0 || !run.stages.empty())) {
    return fail(ErrorCode::usage, "--replay has rates of its own: no --rate, no --stages");
  }
  if (const auto users = read_users(raw, run); !users) return users;
  if (run.duration == 0) return fail(ErrorCode::usage, "--duration: must be above 0");
  return read_plan(raw, program);
}

}  // namespace hopcost::loadgen
