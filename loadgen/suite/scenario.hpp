#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "common/clock.hpp"
#include "common/error.hpp"
#include "common/yaml.hpp"
#include "loadgen/settings.hpp"

namespace hopcost::loadgen {

/// A part of a workload: its share, and how many tokens it has.
struct LengthShare {
  std::string name;  ///< "short"; of a plain list the length itself
  double share = 1;  ///< weight among its like
  int tokens = 0;
};

/// A test that is known by name, as an entry of configs/test_scenarios.yaml describes it.
struct Scenario {
  std::string key;                    ///< "latency_benchmark"
  std::string description;            ///< for people
  std::vector<int> users{1};          ///< levels, ascending, each with so many requests under way
  std::uint64_t requests = 0;         ///< of all levels together; 0: time alone ends them
  std::vector<LengthShare> prompts;   ///< not empty
  std::vector<LengthShare> answers;   ///< max_tokens; not empty
  Nanos duration = 0;                 ///< of all levels together, at most
  Nanos step_duration = 0;            ///< of one level; 0: its part of `duration`
  double spawn_per_s = 0;             ///< users that begin in a second; 0: all at once
  std::uint64_t warmup_requests = 0;  ///< sent before, not counted
  bool stream = true;
  std::vector<std::string> slo;      ///< as --slo has them
  std::vector<std::string> stop_if;  ///< as --stop-if has them
};

/// Every entry, in the file's order. Throws ErrorException with file, line and field.
[[nodiscard]] std::vector<Scenario> decode_scenarios(const YamlNode& root);
/// The one of that name; the Error for an unknown one lists those there are.
[[nodiscard]] Result<Scenario> find_scenario(const std::filesystem::path& file,
                                             const std::string& key);

/// What of a scenario somebody has said otherwise, on the command line.
struct Said {
  bool load = false;      ///< users, rates or a plan
  bool requests = false;  ///< what is sent: classes, a dataset, shared prefixes
  bool prompts = false;   ///< how long prompts are
  bool answers = false;   ///< max_tokens
  int max_tokens = 0;     ///< the target's limit of an answer; 0: none
  double time_scale = 1;  ///< times become so many times as long
};

/// The scenario as options of loadgen, each with its values: {"sweep", {"concurrency=1,5,10"}}.
[[nodiscard]] Settings settings_of(const Scenario& scenario, const Said& said);

}  // namespace hopcost::loadgen
