#include "overhead/command/calibrate_options.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "common/cli.hpp"
#include "common/units.hpp"

namespace hopcost::overhead {
namespace {

Result<void> add_costs(CostKind kind, const char* flag, const std::vector<std::string>& texts,
                       std::vector<KnownCost>& costs) {
  for (const auto& text : texts) {
    const auto asked = parse_duration(text);
    if (!asked) return std::unexpected(asked.error());
    if (*asked == 0) return fail(ErrorCode::usage, fmt::format("{}: must be above 0", flag));
    costs.push_back({kind, *asked, 0, {}});
  }
  return {};
}

}  // namespace

Result<void> finish_calibrate(CostFlags flags, CalibrateOptions& options) {
  const bool usual = flags.delays.empty() && flags.chunk_delays.empty() && flags.burns.empty();
  if (usual) flags = {{"25us", "100us", "1ms", "5ms"}, {"100us", "1ms"}, {"200us"}};
  options.buffering = usual;
  for (const auto& added :
       {add_costs(CostKind::delay, "--delay", flags.delays, options.costs),
        add_costs(CostKind::chunk_delay, "--chunk-delay", flags.chunk_delays, options.costs),
        add_costs(CostKind::burn, "--burn", flags.burns, options.costs)}) {
    if (!added) return added;
  }
  if (options.rounds % 2 != 0) return fail(ErrorCode::usage, "--rounds: must be even");
  return {};
}

void bind_calibrate(CLI::App& app, CostFlags& flags, CalibrateOptions& options) {
  const auto costs = [&](const char* name, std::vector<std::string>& list, const char* help) {
    app.add_option(name, list, help)->delimiter(',')->default_str("")->type_name("TIME");
  };
  costs("--delay", flags.delays,
        "Only these delays of a request (without any cost: 25us,100us,1ms,5ms)");
  costs("--chunk-delay", flags.chunk_delays, "Only these delays of a chunk (100us,1ms)");
  costs("--burn", flags.burns, "Only these amounts of CPU a request (200us)");
  app.add_option("--restarts", options.restarts, "Times the proxy is started again")
      ->check(CLI::Range(2, 1000));
  app.add_option("--rounds", options.rounds, "Rounds a restart, even")->check(CLI::Range(2, 1000));
  app.add_option("--null-intervals", options.null_intervals,
                 "Also make so many intervals of the backend against itself and count those that "
                 "exclude zero")
      ->check(CLI::Range(0, 10'000));
}

}  // namespace hopcost::overhead
