#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "overhead/plan/experiment.hpp"

namespace CLI {
class App;
}

namespace hopcost::overhead {

/// Load and repetitions, as every subcommand that measures takes them; laid over an experiment.
struct MeasuringFlags {
  std::vector<int> concurrency;
  std::vector<std::string> rates;
  std::string arrival;
  std::optional<int> max_in_flight;
  double spawn_per_s = 0;
  std::string streaming;
  std::string ceilings;
  std::string pin;
  std::optional<int> restarts;
  std::optional<int> rounds;
  Nanos min_pass = 0;
  Nanos time_budget = 0;
  Nanos ttft = -1;
  std::vector<int> output_tokens;
  std::vector<int> prompt_tokens;
  std::vector<std::string> itl;
  std::optional<std::uint64_t> seed;
  std::optional<int> backend_port;
  std::string backend_config;
};

void bind_load(CLI::App& app, MeasuringFlags& flags);
void bind_repetitions(CLI::App& app, MeasuringFlags& flags);

/// What was given replaces what the experiment has. An Error names the flag.
Result<void> lay_over(const MeasuringFlags& flags, Experiment& experiment);

}  // namespace hopcost::overhead
