#include "mockserver/options.hpp"

#include <cmath>
#include <cstdlib>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "common/cli.hpp"
#include "common/units.hpp"

namespace hopcost::mockserver {
namespace {

/// What the command line says before it is checked.
struct Raw {
  std::string listen = "127.0.0.1:8000";
  std::string cpus;
  std::string config_file;
  std::string max_body = "16MiB";
  Nanos stream_delay = 0;
  bool itl_said_first = false;           ///< by a flag or the environment, not by the file
  bool stream_delay_said_first = false;  ///< the same
};

const char* environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr || *value == '\0' ? nullptr : value;
}

/// STREAM_DELAY_SECONDS and MOCK_MODELS speak where our own flags and variables are silent.
void apply_known_variables(CLI::Option& itl, CLI::Option& stream_delay, CLI::Option& model) {
  if (const char* seconds = environment("STREAM_DELAY_SECONDS");
      seconds != nullptr && itl.count() == 0 && stream_delay.count() == 0) {
    try {
      stream_delay.add_result(fmt::format("{}s", seconds));
      stream_delay.run_callback();
    } catch (const CLI::Error& e) {
      throw CLI::ValidationError("STREAM_DELAY_SECONDS", e.what());
    }
  }
  if (const char* models = environment("MOCK_MODELS"); models != nullptr && model.count() == 0) {
    for (const auto& name : CLI::detail::split(models, ',')) model.add_result(name);
    model.run_callback();
  }
}

Result<void> finish(const Raw& raw, const CLI::Option& stream_delay, const CLI::Option& itl,
                    Options& options) {
  const auto address = parse_host_port(raw.listen);
  if (!address) return fail(ErrorCode::usage, address.error().message, "--listen");
  options.listen = *address;
  if (!raw.cpus.empty()) {
    const auto cpus = parse_cpu_list(raw.cpus);
    if (!cpus) return fail(ErrorCode::usage, cpus.error().message, "--cpus");
    options.cpus = *cpus;
  }
  const auto max_body = parse_size(raw.max_body);
  if (!max_body) return fail(ErrorCode::usage, max_body.error().message, "--max-body");
  options.max_body = *max_body;
  const bool both = itl.count() > 0 && stream_delay.count() > 0;
  if (both && raw.itl_said_first == raw.stream_delay_said_first) {
    return fail(ErrorCode::usage, "it is another name for --itl; give one of them",
                "--stream-delay");
  }
  if (stream_delay.count() > 0 && !raw.itl_said_first) options.scenario.itl = raw.stream_delay;
  auto good = check(options.scenario);
  if (!good) {
    std::string flag = "--" + good.error().where;
    std::ranges::replace(flag, '_', '-');
    return fail(ErrorCode::usage, good.error().message, flag);
  }
  return {};
}

}  // namespace

std::optional<int> parse_options(int argc, const char* const* argv, Options& options) {
  Raw raw;
  Scenario& scenario = options.scenario;
  CLI::App app{"Answers like an OpenAI-compatible model server, at times you choose.",
               "mockserver"};
  app.option_defaults()->always_capture_default();

  auto* server = app.add_option_group("Server");
  server->add_option("-l,--listen", raw.listen, "Address to listen on; port 0: any free one")
      ->type_name("HOST:PORT");
  server->add_option("-t,--threads", options.threads, "Worker threads (0: one for each CPU)")
      ->check(CLI::Range(0, 1024));
  server->add_option("--cpus", raw.cpus, "Pin worker threads to these CPUs in turn, such as 0-3,8")
      ->type_name("LIST");
  server->add_option("--max-body", raw.max_body, "Largest request body")->type_name("SIZE");
  add_duration(*server, "--drain-time", options.drain_time,
               "Time for requests under way when the server is told to stop");

  auto* answers = app.add_option_group("Answers");
  auto* model =
      answers->add_option("-m,--model", scenario.models, "Model to have (repeatable; MOCK_MODELS)")
          ->delimiter(',')
          ->type_name("NAME");
  answers->add_option("--output-tokens", scenario.output_tokens, "Tokens of a whole answer")
      ->check(CLI::Range(1U, kMaxTokens));

  auto* time = app.add_option_group("Time");
  add_duration(*time, "--ttft", scenario.ttft, "From a request's last byte to the first token");
  auto* itl = add_duration(*time, "--itl", scenario.itl, "Between two tokens");
  auto* stream_delay =
      add_duration(*time, "--stream-delay", raw.stream_delay,
                   "Another name for --itl (also STREAM_DELAY_SECONDS, in seconds)");
  time->add_flag("--role-early", scenario.role_early,
                 "Send headers and role chunk at once, not with the first token");

  auto* output = app.add_option_group("Output");
  output->add_flag("-q,--quiet", options.quiet, "Log warnings only");

  app.parse_complete_callback([&] {
    apply_known_variables(*itl, *stream_delay, *model);
    raw.itl_said_first = itl->count() > 0;
    raw.stream_delay_said_first = stream_delay->count() > 0;
  });
  add_common_options(app, "mockserver", raw.config_file);
  return parse_command_line(app, argc, argv, raw.config_file,
                            [&] { return finish(raw, *stream_delay, *itl, options); });
}

}  // namespace hopcost::mockserver
