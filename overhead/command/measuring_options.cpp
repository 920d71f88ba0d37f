#include "overhead/command/measuring_options.hpp"

#include <CLI/CLI.hpp>

#include "common/cli.hpp"
#include "common/units.hpp"

namespace hopcost::overhead {
namespace {

template <class T>
void lay_over(const std::optional<T>& flag, T& value) {
  if (flag) value = *flag;
}

/// One value is the experiment's, several are levels to combine.
template <class T>
void lay_over(const std::vector<T>& flag, T& value, std::vector<T> Factors::* levels,
              Experiment& e) {
  if (flag.empty()) return;
  value = flag.front();
  for (auto& factors : e.treatments) factors.*levels = flag.size() > 1 ? flag : std::vector<T>();
}

}  // namespace

Result<void> lay_over(const MeasuringFlags& flags, Experiment& e) {
  std::vector<double> rates;
  for (const auto& text : flags.rates) {
    const auto rate = parse_rate(text);
    if (!rate) return fail(ErrorCode::usage, "--rate: " + rate.error().message);
    rates.push_back(*rate);
  }
  for (auto& factors : e.treatments) {
    if (!rates.empty()) {
      factors.rates = rates;
      factors.concurrency = flags.concurrency;
    } else if (!flags.concurrency.empty()) {
      factors.concurrency = flags.concurrency;
      factors.rates.clear();
    }
    if (flags.streaming == "on") factors.modes = {Mode::stream};
    if (flags.streaming == "off") factors.modes = {Mode::unary};
    if (flags.streaming == "both") factors.modes = {Mode::unary, Mode::stream};
    if (!flags.ceilings.empty()) factors.ceilings = ceilings_named(flags.ceilings);
  }
  if (!flags.arrival.empty()) {
    e.arrival = loadgen::arrival_kind(flags.arrival).value_or(e.arrival);
  }
  lay_over(flags.max_in_flight, e.max_in_flight);
  if (flags.spawn_per_s > 0) e.spawn_per_s = flags.spawn_per_s;
  lay_over(flags.restarts, e.restarts);
  lay_over(flags.rounds, e.rounds);
  lay_over(flags.seed, e.seed);
  lay_over(flags.backend_port, e.backend_port);
  if (flags.min_pass > 0) e.min_pass = flags.min_pass;
  if (flags.time_budget > 0) e.time_budget = flags.time_budget;
  if (flags.ttft >= 0) e.ttft = flags.ttft;
  std::vector<Nanos> delays;
  for (const auto& text : flags.itl) {
    const auto delay = parse_duration(text);
    if (!delay) return fail(ErrorCode::usage, "--itl: " + delay.error().message);
    delays.push_back(*delay);
  }
  lay_over(flags.output_tokens, e.output_tokens, &Factors::output_lengths, e);
  lay_over(flags.prompt_tokens, e.prompt_tokens, &Factors::prompt_lengths, e);
  lay_over(delays, e.itl, &Factors::chunk_delays, e);
  if (!flags.backend_config.empty()) e.backend_config = flags.backend_config;
  if (!flags.pin.empty()) e.pin = flags.pin == "auto";
  if (e.rounds % 2 != 0) {
    return fail(ErrorCode::usage, "--rounds: must be even: rounds come in mirrored pairs");
  }
  return {};
}

void bind_load(CLI::App& app, MeasuringFlags& flags) {
  app.add_option("--concurrency,--users", flags.concurrency, "Requests always under way")
      ->delimiter(',')
      ->default_str("")
      ->check(CLI::Range(1, 10'000));
  app.add_option("--rate", flags.rates,
                 "Open loop instead: requests due at these rates, such as 100/s,200/s")
      ->delimiter(',')
      ->default_str("")
      ->type_name("RATE");
  app.add_option("--arrival", flags.arrival, "Open loop: how requests follow each other (poisson)")
      ->check(CLI::IsMember({"constant", "uniform", "poisson", "gamma", "burst"}));
  app.add_option("--max-in-flight", flags.max_in_flight, "Open loop: requests under way at once")
      ->check(CLI::Range(1, 10'000));
  app.add_option("--spawn-rate", flags.spawn_per_s,
                 "Closed loop: users begin one after another, so many a second; a pass counts from "
                 "when all are there (default: all at once)")
      ->default_str("")
      ->check(CLI::Range(0.01, 1e6))
      ->type_name("RATE");
  app.add_option("--streaming", flags.streaming, "both, on or off")
      ->check(CLI::IsMember({"both", "on", "off"}));
  app.add_option("--ceilings", flags.ceilings,
                 "on, off, only: also, or instead, measure what goes through at most (default: on "
                 "where workers or replicas vary)")
      ->check(CLI::IsMember({"on", "off", "only"}));
  app.add_option("--prompt-tokens", flags.prompt_tokens, "Words in each prompt, such as 32,1000")
      ->delimiter(',')
      ->default_str("")
      ->check(CLI::Range(1, 100'000));
  app.add_option("--output-tokens", flags.output_tokens, "Chunks in each stream, such as 16,64,256")
      ->delimiter(',')
      ->default_str("")
      ->check(CLI::Range(1, 100'000));
  add_duration(app, "--ttft", flags.ttft, "Delay of the backend's first token, at least")
      ->default_str("");
  app.add_option("--itl", flags.itl, "Time between chunks, at least, such as 1ms,5ms")
      ->delimiter(',')
      ->default_str("")
      ->type_name("TIME");
}

void bind_repetitions(CLI::App& app, MeasuringFlags& flags) {
  app.add_option("--restarts", flags.restarts,
                 "Times each stack is started again; attached: repetitions")
      ->check(CLI::Range(2, 1000));
  app.add_option("--rounds", flags.rounds, "Rounds a restart, even")->check(CLI::Range(2, 1000));
  add_duration(app, "--min-pass", flags.min_pass, "Shortest measured pass")->default_str("");
  add_duration(app, "--time-budget", flags.time_budget,
               "Most that the run may take; restarts go where nothing is told yet")
      ->default_str("");
  app.add_option("--seed", flags.seed, "Of the arms' order; recorded");
  app.add_option("--pin", flags.pin, "auto: parts on CPUs of their own; off")
      ->check(CLI::IsMember({"auto", "off"}));
  app.add_option("--backend-config", flags.backend_config,
                 "Scenario that the backend begins with, such as configs/backends/vllm-like.yaml; "
                 "delays and lengths of the run go before its own")
      ->check(CLI::ExistingFile)
      ->type_name("FILE");
  app.add_option("--backend-port", flags.backend_port, "Port of the backend (0: a free one)")
      ->check(CLI::Range(0, 65535));
}

}  // namespace hopcost::overhead
