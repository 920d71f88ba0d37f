#include "loadgen/options.hpp"

#include <CLI/CLI.hpp>

#include "common/cli.hpp"
#include "loadgen/command/connection_options.hpp"
#include "loadgen/command/generator_options.hpp"
#include "loadgen/command/load_options.hpp"
#include "loadgen/command/output_options.hpp"
#include "loadgen/judge/judging_options.hpp"
#include "loadgen/profile/profile_options.hpp"
#include "loadgen/suite/suite_options.hpp"
#include "loadgen/workload/request_options.hpp"

namespace hopcost::loadgen {
namespace {

/// What the command line says before it is checked.
struct Raw {
  RawConnections connections;
  RawSuite suite;
  RawProfile profile;
  RawRequests requests;
  RawLoad load;
  RawJudging judging;
  RawGenerator generator;
  RawOutput output;
  std::string config_file;
};

Result<void> finish(const Raw& raw, Program& program) {
  Options& run = program.run;
  if (const auto read = read_connections(raw.connections, run); !read) return read;
  if (const auto read = read_requests(raw.requests, run); !read) return read;
  if (const auto read = read_load(raw.load, program); !read) return read;
  if (const auto read = read_generator(raw.generator, program); !read) return read;
  if (const auto read = read_judging(raw.judging, run); !read) return read;
  if (program.plan.kind == Plan::Kind::search && run.service_level.empty()) {
    return fail(ErrorCode::usage, "--search needs --slo to say what has to be met");
  }
  return read_output(raw.output, program);
}

/// What else says how the options are that nobody has set: a file of them, or a load profile; a
/// target and a scenario.
Result<void> apply_others(CLI::App& app, Raw& raw, Program& program) {
  if (auto taken = take_config(app, raw.config_file, raw.profile); !taken) return taken;
  auto suite = apply_suite(app, raw.suite);
  if (!suite) return std::unexpected(suite.error());
  program.suite = std::move(*suite);
  return apply_profile(app, raw.profile);
}

}  // namespace

std::optional<int> parse_options(int argc, const char* const* argv, Program& program) {
  Options& run = program.run;
  Raw raw;
  CLI::App app{"Drives OpenAI-compatible servers and keeps honest time.", "loadgen"};
  app.option_defaults()->always_capture_default();

  add_address_options(app, raw.connections);
  auto* known = app.add_option_group("Known by name");
  add_suite_options(*known, raw.suite);
  add_profile_options(*known, raw.profile);
  auto* requests = app.add_option_group("Requests");
  add_request_options(*requests, raw.requests, run);
  add_identity_options(*requests, raw.connections);
  add_load_options(*app.add_option_group("Load"), raw.load, program);
  add_connection_options(*app.add_option_group("Connections"), raw.connections, run);
  add_judging_options(*app.add_option_group("Judging"), raw.judging);
  add_generator_options(*app.add_option_group("Generator"), raw.generator, program);
  add_output_options(*app.add_option_group("Output"), raw.output, program);

  add_common_options(app, "loadgen", raw.config_file);
  return parse_command_line(app, argc, argv, "", [&]() -> Result<void> {
    if (const auto applied = apply_others(app, raw, program); !applied) return applied;
    return finish(raw, program);
  });
}

}  // namespace hopcost::loadgen
