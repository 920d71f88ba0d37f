#include "loadgen/options.hpp"

#include <charconv>
#include <cstdlib>
#include <string_view>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "common/cli.hpp"
#include "common/units.hpp"
#include "loadgen/judge/judging_options.hpp"
#include "loadgen/output/format.hpp"
#include "loadgen/schedule/decode.hpp"
#include "loadgen/suite/suite_options.hpp"
#include "loadgen/workload/request_options.hpp"

namespace hopcost::loadgen {
namespace {

/// What the command line says before it is checked.
struct Raw {
  std::vector<std::string> urls;
  std::vector<std::string> headers;
  std::string api_key_env;
  std::string cpus;
  std::string idle = "block";
  std::string balance = "round-robin";
  std::string arrival = "constant";
  std::string stages;
  std::string think_time = "0";
  std::string spawn_rate;
  std::vector<std::string> tags;
  std::string serve;
  RawSuite suite;
  RawRequests requests;
  RawJudging judging;
  std::string share;
  std::string start_at;
  std::string sweep;
  std::string search;
  std::string config_file;
};

Result<void> read_plan(const Raw& raw, Program& program) {
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

/// "2/8" or nothing; and what several processes cannot have.
Result<void> read_share(const Raw& raw, Program& program) {
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

Result<void> finish(const Raw& raw, Program& program) {
  Options& run = program.run;
  if (raw.urls.empty()) {
    return fail(ErrorCode::usage, "name at least one URL to send requests to, or a --target");
  }
  for (const auto& url : raw.urls) {
    auto base = parse_api_base(url, Schemes::http_and_https);
    if (!base) return std::unexpected(base.error());
    run.targets.push_back(*base);
  }
  for (const auto& header : raw.headers) {
    const auto colon = header.find(':');
    if (colon == std::string::npos || colon == 0 ||
        header.find_first_of("\r\n") != std::string::npos) {
      return fail(ErrorCode::usage, fmt::format("--header: '{}' is not 'name: value'", header));
    }
    const auto value = header.find_first_not_of(' ', colon + 1);
    run.headers.emplace_back(header.substr(0, colon),
                             value == std::string::npos ? "" : header.substr(value));
  }
  for (const auto& tag : raw.tags) {
    const auto equals = tag.find('=');
    if (equals == std::string::npos || equals == 0) {
      return fail(ErrorCode::usage, fmt::format("--tag: '{}' is not NAME=VALUE", tag));
    }
    run.tags.emplace_back(tag.substr(0, equals), tag.substr(equals + 1));
  }
  if (!raw.api_key_env.empty()) {
    const char* key = std::getenv(raw.api_key_env.c_str());
    if (key == nullptr || *key == '\0') {
      return fail(ErrorCode::usage,
                  fmt::format("--api-key-env: the variable {} is not set", raw.api_key_env));
    }
    run.api_key = key;
  }
  if (!raw.cpus.empty()) {
    auto cpus = parse_cpu_list(raw.cpus);
    if (!cpus) return std::unexpected(cpus.error());
    run.cpus = *cpus;
  }
  run.idle = raw.idle == "spin" ? Idle::spin : Idle::block;
  run.arrival.kind = arrival_kind(raw.arrival).value_or(Arrival::Kind::constant);
  if (const auto requests = read_requests(raw.requests, run); !requests) return requests;
  run.balance = raw.balance == "least"        ? Balance::least
                : raw.balance == "connection" ? Balance::connection
                                              : Balance::round_robin;
  if (!raw.stages.empty()) {
    auto stages = parse_stages(raw.stages);
    if (!stages) return fail(ErrorCode::usage, "--stages: " + stages.error().message);
    run.stages = *stages;
    run.duration = length_of(*stages);
  }
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
  if (run.replay && (run.rate_per_s > 0 || !run.stages.empty())) {
    return fail(ErrorCode::usage, "--replay has rates of its own: no --rate, no --stages");
  }
  if (run.open_loop() && (run.spawn_per_s > 0 || !run.think_time.is_none())) {
    return fail(ErrorCode::usage,
                "--spawn-rate and --think-time are about users of a closed loop, which a rate and "
                "stages are not");
  }
  if (run.open_loop() && run.turns != TokenLength(1)) {
    return fail(ErrorCode::usage, "--turns is about users of a closed loop");
  }
  if (const auto planned = read_plan(raw, program); !planned) return planned;
  if (const auto shared = read_share(raw, program); !shared) return shared;
  // A plan's levels have as many threads as they have users.
  if (program.plan.kind == Plan::Kind::none && run.all_threads() > run.connections()) {
    return fail(ErrorCode::usage, fmt::format("--threads: {} threads for {} connections",
                                              run.all_threads(), run.connections()));
  }
  if (const auto judging = read_judging(raw.judging, run); !judging) return judging;
  if (program.plan.kind == Plan::Kind::search && run.service_level.empty()) {
    return fail(ErrorCode::usage, "--search needs --slo to say what has to be met");
  }
  if (program.output.ends_with(".json")) std::swap(program.output, program.report);
  if (!program.formats.empty()) {
    if (program.output.empty()) return fail(ErrorCode::usage, "--format needs --output, a folder");
    const auto known = formats_in(program.formats);
    if (!known) return fail(ErrorCode::usage, "--format: " + known.error().message);
  }
  if (program.html && program.output.empty() && program.report.empty()) {
    return fail(ErrorCode::usage, "--html needs --output");
  }
  if (!raw.serve.empty()) {
    const auto address = parse_host_port(raw.serve);
    if (!address) return fail(ErrorCode::usage, "--serve: " + address.error().to_string());
    program.serve = *address;
    if (program.processes > 1) return fail(ErrorCode::usage, "--serve: not with --processes");
  }
  if (run.duration == 0) return fail(ErrorCode::usage, "--duration: must be above 0");
  return {};
}

}  // namespace

std::string models_text(const Options& options) {
  if (options.models.size() == 1) return options.models.front().name;
  double sum = 0;
  for (const auto& model : options.models) sum += model.weight;
  std::string text;
  for (const auto& model : options.models) {
    text += fmt::format("{}{} ({:.0f} %)", text.empty() ? "" : ", ", model.name,
                        100 * model.weight / sum);
  }
  return text;
}

RateProfile Options::rate_profile() const {
  if (stages.empty()) return RateProfile(rate_per_s);
  auto all = stages;
  if (warmup > 0) {
    const double first = stages.front().from_per_s;
    all.insert(all.begin(), Stage{warmup, first, first});
  }
  return RateProfile(all);
}

std::optional<int> parse_options(int argc, const char* const* argv, Program& program) {
  Options& run = program.run;
  Raw raw;
  CLI::App app{"Drives OpenAI-compatible servers and keeps honest time.", "loadgen"};
  app.option_defaults()->always_capture_default();

  app.add_option("url,--url,--base-url", raw.urls,
                 "Base URLs: the root of a server, or one that ends in /v1")
      ->type_name("URL")
      ->default_str("");
  add_suite_options(*app.add_option_group("Known by name"), raw.suite);
  auto* requests = app.add_option_group("Requests");
  add_request_options(*requests, raw.requests, run);
  requests->add_option("-H,--header", raw.headers, "Extra header, 'name: value'")->default_str("");
  requests->add_option("--api-key-env", raw.api_key_env,
                       "Environment variable that holds the API key");

  auto* load = app.add_option_group("Load");
  auto* concurrency = load->add_option("-c,--concurrency,--users", run.concurrency,
                                       "Closed loop: requests always under way")
                          ->check(CLI::Range(1, 100'000));
  load->add_option("--spawn-rate", raw.spawn_rate,
                   "Closed loop: users begin one after another, so many a second: 10 or 10/s")
      ->type_name("RATE")
      ->default_str("");
  load->add_option("--think-time", raw.think_time,
                   "Closed loop: between a reply and the user's next request: 1s, 1s-3s, exp(2s)")
      ->type_name("TIME");
  auto* rate = add_rate(*load, "-r,--rate", run.rate_per_s,
                        "Open loop: rate of requests, due on time whatever the answers do");
  rate->excludes(concurrency);
  auto* stages = load->add_option("--stages", raw.stages,
                                  "Open loop: rates one after another, such as "
                                  "100/s:10s,100/s-500/s:30s (a ramp),0:5s (a pause)")
                     ->type_name("LIST")
                     ->excludes(concurrency)
                     ->excludes(rate);
  load->add_option("--arrival", raw.arrival,
                   "constant; uniform: jittered; poisson; gamma: --burstiness; burst: --burst")
      ->check(CLI::IsMember({"constant", "uniform", "poisson", "gamma", "burst"}))
      ->type_name("NAME");
  load->add_option("--jitter", run.arrival.jitter, "Arrival uniform: share of a gap")
      ->check(CLI::Range(0.0, 1.0));
  load->add_option("--burstiness", run.arrival.burstiness,
                   "Arrival gamma: below 1 bunched, 1 as poisson, above 1 even")
      ->check(CLI::Range(0.01, 1000.0));
  load->add_option("--burst", run.arrival.burst, "Arrival burst: requests at once")
      ->check(CLI::Range(1, 100'000));
  load->add_option("--seed", run.seed, "Of what is drawn");
  load->add_option("--max-in-flight", run.max_in_flight, "Open loop: connections to use at most")
      ->check(CLI::Range(1, 100'000));
  add_duration(*load, "-d,--duration", run.duration, "Length of the measured window")
      ->excludes(stages);
  add_duration(*load, "--warmup", run.warmup, "Load before the window, not counted");
  load->add_option("--warmup-requests", program.warmup_requests,
                   "Requests of one user before it all, not looked at");
  load->add_option("-n,--requests,--num-requests", run.max_requests,
                   "Stop after so many requests (0: no limit)");
  auto* sweep = load->add_option("--sweep", raw.sweep,
                                 "One load after another, each for --duration: "
                                 "concurrency=1,2,4,8 (tells the knee), rate=10/s,50/s, or "
                                 "between=10: from idle to saturation")
                    ->type_name("LIST")
                    ->default_str("");
  load->add_option("--search", raw.search,
                   "The highest rate from LOW to HIGH that meets --slo: 10/s-2000/s")
      ->type_name("LOW-HIGH")
      ->default_str("")
      ->excludes(sweep);
  add_duration(*load, "--cooldown", run.cooldown, "Load after the window, not counted");

  auto* sessions = app.add_option_group("Connections");
  sessions
      ->add_option("--balance", raw.balance,
                   "Several targets: round-robin; least: fewest under way; connection: each "
                   "connection has one")
      ->check(CLI::IsMember({"round-robin", "least", "connection"}))
      ->type_name("NAME");
  sessions->add_flag("!--no-keep-alive", run.keep_alive, "A new connection for every request");
  add_duration(*sessions, "--connect-timeout", run.timeouts.connect, "Longest time to connect");
  add_duration(*sessions, "--ttft-timeout", run.timeouts.first_token,
               "Longest time to a stream's first token (0: no limit of its own)");
  add_duration(*sessions, "--timeout", run.timeouts.total, "Longest time for one request");
  auto* ca_file = sessions
                      ->add_option("--ca-file", run.ca_file,
                                   "https: certificates to trust, PEM; else the system's")
                      ->check(CLI::ExistingFile)
                      ->default_str("");
  sessions->add_flag("--insecure", run.insecure, "https: do not verify the server's certificate")
      ->excludes(ca_file);
  sessions
      ->add_option("--retries", run.retries.count,
                   "Attempts beyond the first: no connection, no reply, 408, 409, 429, 5xx")
      ->check(CLI::Range(0, 100));
  add_duration(*sessions, "--retry-base", run.retries.base,
               "First pause, with full jitter; it doubles; Retry-After is obeyed");
  add_duration(*sessions, "--retry-most", run.retries.most, "Longest pause");

  add_judging_options(*app.add_option_group("Judging"), raw.judging);

  auto* generator = app.add_option_group("Generator");
  generator->add_option("-t,--threads", run.threads, "Generator threads")
      ->check(CLI::Range(1, 1024));
  generator
      ->add_option(
          "--idle", raw.idle,
          "block: sleeps until shortly before something is due; spin: never, costs a core a thread")
      ->check(CLI::IsMember({"block", "spin"}))
      ->type_name("block|spin");
  generator
      ->add_option("--processes", program.processes,
                   "Processes that make the load together, each with --threads")
      ->check(CLI::Range(1, 1024));
  generator
      ->add_option("--share", raw.share,
                   "This is share 2 of 8 of one load: 2/8; loadgen merge joins their results")
      ->type_name("K/N")
      ->default_str("");
  generator
      ->add_option("--start-at", raw.start_at, "Begin then: seconds since 1970, for all shares")
      ->type_name("TIME")
      ->default_str("");
  generator->add_flag("!--no-probe", program.probe,
                      "Open loop: do not ask first whether the rate can be had");
  generator->add_flag("--dry-run", program.dry_run,
                      "Say what would be sent and what it needs; send nothing");
  generator->add_option("--cpus", raw.cpus, "Run on these CPUs only, such as 0-3,8");

  auto* output = app.add_option_group("Output");
  output
      ->add_option("-o,--output", program.output,
                   "Folder for run.json; or FILE.json for the suite's report alone")
      ->type_name("DIR");
  output
      ->add_option("--format", program.formats,
                   "Also write there, a list: aiperf, bencher, csv, github, guidellm, hgrm, "
                   "inference-perf, json, junit, k6, llm-d, locust, markdown, suite, vllm")
      ->type_name("LIST");
  output->add_flag(
      "--html", program.html,
      "Also write there report.html (beside FILE.json FILE.html), a page that shows the run");
  output->add_option("--record", run.record,
                     "Keep so many requests, drawn evenly, one by one: requests.jsonl.zst");
  output
      ->add_option("--tag", raw.tags,
                   "Recorded with the run: commit=1a2b3c4, replicas=2 (repeatable)")
      ->type_name("NAME=VALUE")
      ->default_str("");
  output->add_flag("--json", program.json, "Print run.json instead of the table");
  output
      ->add_option("--serve", raw.serve,
                   "A live page of the run, read-only: 127.0.0.1:8090 (port 0: a free one)")
      ->type_name("HOST:PORT")
      ->default_str("");
  output->add_flag("-q,--quiet", program.quiet, "No progress on standard error");

  add_common_options(app, "loadgen", raw.config_file);
  return parse_command_line(app, argc, argv, raw.config_file, [&]() -> Result<void> {
    auto suite = apply_suite(app, raw.suite);
    if (!suite) return std::unexpected(suite.error());
    program.suite = std::move(*suite);
    return finish(raw, program);
  });
}

}  // namespace hopcost::loadgen
