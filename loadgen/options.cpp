#include "loadgen/options.hpp"

#include <cstdlib>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "common/cli.hpp"
#include "loadgen/output/format.hpp"
#include "loadgen/schedule/decode.hpp"
#include "loadgen/workload/request_template.hpp"

namespace hopcost::loadgen {
namespace {

/// What the command line says before it is checked.
struct Raw {
  std::vector<std::string> urls;
  std::vector<std::string> headers;
  std::string api_key_env;
  std::string cpus;
  std::string idle = "block";
  std::string arrival = "constant";
  std::string stages;
  std::string think_time = "0";
  std::string prompt_tokens = "32";
  std::string output_tokens = "64";
  std::vector<std::string> service_levels;
  std::vector<std::string> fail_if;
  std::string config_file;
};

Result<void> read_length(const char* option, const std::string& text, TokenLength& length) {
  const auto parsed = TokenLength::parse(text);
  if (!parsed) return fail(ErrorCode::usage, std::string(option) + ": " + parsed.error().message);
  length = *parsed;
  return {};
}

Result<void> read_requests(const Raw& raw, Options& run) {
  if (auto read = read_length("--prompt-tokens", raw.prompt_tokens, run.prompt_tokens); !read) {
    return read;
  }
  if (auto read = read_length("--output-tokens", raw.output_tokens, run.output_tokens); !read) {
    return read;
  }
  if (const auto good = check_extra_body(run.extra_body); !good) {
    return fail(ErrorCode::usage, "--extra-body: " + good.error().message);
  }
  return {};
}

Result<void> read_judging(const Raw& raw, Options& run) {
  for (const auto& text : raw.service_levels) {
    if (const auto added = add_service_level(text, run.service_level); !added) {
      return fail(ErrorCode::usage, "--slo: " + added.error().message);
    }
  }
  for (const auto& text : raw.fail_if) {
    const auto threshold = parse_threshold(text);
    if (!threshold) return fail(ErrorCode::usage, "--fail-if: " + threshold.error().message);
    if (threshold->figure.name() == "goodput" && run.service_level.objectives.empty()) {
      return fail(ErrorCode::usage, "--fail-if: goodput needs --slo to say what is good");
    }
    run.fail_if.push_back(*threshold);
  }
  return {};
}

Result<void> finish(const Raw& raw, Program& program) {
  Options& run = program.run;
  if (raw.urls.empty()) return fail(ErrorCode::usage, "name at least one URL to send requests to");
  for (const auto& url : raw.urls) {
    auto base = parse_api_base(url);
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
  if (!raw.stages.empty()) {
    auto stages = parse_stages(raw.stages);
    if (!stages) return fail(ErrorCode::usage, "--stages: " + stages.error().message);
    run.stages = *stages;
    run.duration = length_of(*stages);
  }
  const auto think_time = ThinkTime::parse(raw.think_time);
  if (!think_time) return fail(ErrorCode::usage, "--think-time: " + think_time.error().message);
  run.think_time = *think_time;
  if (run.open_loop() && (run.spawn_per_s > 0 || !run.think_time.is_none())) {
    return fail(ErrorCode::usage,
                "--spawn-rate and --think-time are about users of a closed loop, which a rate and "
                "stages are not");
  }
  if (run.threads > run.connections()) {
    return fail(ErrorCode::usage, fmt::format("--threads: {} threads for {} connections",
                                              run.threads, run.connections()));
  }
  if (const auto requests = read_requests(raw, run); !requests) return requests;
  if (const auto judging = read_judging(raw, run); !judging) return judging;
  if (!program.formats.empty()) {
    if (program.output.empty()) return fail(ErrorCode::usage, "--format needs --output");
    const auto known = formats_in(program.formats);
    if (!known) return fail(ErrorCode::usage, "--format: " + known.error().message);
  }
  if (run.duration == 0) return fail(ErrorCode::usage, "--duration: must be above 0");
  return {};
}

}  // namespace

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

  app.add_option("url,--url", raw.urls, "Base URLs: the root of a server, or one that ends in /v1")
      ->type_name("URL")
      ->default_str("");
  auto* requests = app.add_option_group("Requests");
  requests->add_option("-m,--model", run.model, "Model to ask for");
  requests->add_flag("-s,--stream,!--no-stream", run.stream, "Ask for streamed answers");
  requests
      ->add_option("--prompt-tokens", raw.prompt_tokens,
                   "Words in each prompt: 512, or drawn: 256-1024, normal(512,128), "
                   "lognormal(512,128), normal(512,128,100-2000)")
      ->type_name("LENGTH");
  requests
      ->add_option("--output-tokens", raw.output_tokens,
                   "max_tokens of each request, in the same forms")
      ->type_name("LENGTH");
  requests->add_flag("--ignore-eos", run.ignore_eos, "Ask for answers of exactly that length");
  requests
      ->add_option("--extra-body", run.extra_body,
                   "JSON object whose fields each request has too, such as '{\"temperature\":0}'")
      ->type_name("JSON")
      ->default_str("");
  requests->add_flag("--stamps", run.stamps,
                     "Send time inside the text (a hopcost mock sends it back)");
  requests->add_option("-H,--header", raw.headers, "Extra header, 'name: value'")->default_str("");
  requests->add_option("--api-key-env", raw.api_key_env,
                       "Environment variable that holds the API key");

  auto* load = app.add_option_group("Load");
  auto* concurrency = load->add_option("-c,--concurrency,--users", run.concurrency,
                                       "Closed loop: requests always under way")
                          ->check(CLI::Range(1, 100'000));
  add_rate(*load, "--spawn-rate", run.spawn_per_s,
           "Closed loop: users begin one after another, so many a second")
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
  load->add_option("-n,--requests", run.max_requests, "Stop after so many requests (0: no limit)");
  add_duration(*load, "--timeout", run.timeout, "Longest time for one request");

  auto* judging = app.add_option_group("Judging");
  judging
      ->add_option("--slo", raw.service_levels,
                   "Objectives of each request, ttft=500ms,tpot=30ms, for the goodput; or a set: "
                   "mlperf-interactive, mlperf-standard, production, testing (repeatable)")
      ->type_name("LIST")
      ->default_str("");
  judging
      ->add_option("--fail-if", raw.fail_if,
                   "Exit 1 where this is true: ttft.p95>500ms, errors>1%, goodput<99% (repeatable)")
      ->type_name("FIGURE>VALUE")
      ->default_str("");

  auto* generator = app.add_option_group("Generator");
  generator->add_option("-t,--threads", run.threads, "Generator threads")
      ->check(CLI::Range(1, 1024));
  generator
      ->add_option("--idle", raw.idle,
                   "spin: exact times, costs a core a thread; block: sleeps while idle")
      ->check(CLI::IsMember({"block", "spin"}))
      ->type_name("block|spin");
  generator->add_option("--cpus", raw.cpus, "Run on these CPUs only, such as 0-3,8");

  auto* output = app.add_option_group("Output");
  output->add_option("-o,--output", program.output, "Folder for run.json")->type_name("DIR");
  output
      ->add_option("--format", program.formats,
                   "Also write there, a list: bencher, github, junit, k6, markdown")
      ->type_name("LIST");
  output->add_flag("--json", program.json, "Print run.json instead of the table");
  output->add_flag("-q,--quiet", program.quiet, "No progress on standard error");

  add_common_options(app, "loadgen", raw.config_file);
  return parse_command_line(app, argc, argv, raw.config_file, [&] { return finish(raw, program); });
}

}  // namespace hopcost::loadgen
