#include "loadgen/suite/suite_options.hpp"

#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "common/cli.hpp"
#include "common/folders.hpp"
#include "common/units.hpp"
#include "loadgen/suite/scenario.hpp"
#include "loadgen/suite/target.hpp"

namespace hopcost::loadgen {
namespace {

/// The file that was named, else the one of that name in configs.
Result<std::filesystem::path> file_of(const std::string& named, const char* usual) {
  if (!named.empty()) return std::filesystem::path(named);
  const auto folder = configs_folder(usual);
  if (!folder) return std::unexpected(folder.error());
  return *folder / usual;
}

Result<Target> target_of(const RawSuite& raw) {
  const auto file = file_of(raw.targets_file, "targets.yaml");
  if (!file) return std::unexpected(file.error());
  return find_target(*file, raw.target);
}

Result<void> apply_target(CLI::App& app, const Target& target) {
  if (!any_given(app, {"--url"})) {
    const auto url = target.url();
    if (!url) return std::unexpected(url.error());
    if (auto set = apply_setting(app, "url", {*url}); !set) return set;
  }
  if (auto set = apply_setting(app, "model", {target.model}); !set) return set;
  if (target.timeout > 0) {
    if (auto set = apply_setting(app, "timeout", {duration_text(target.timeout)}); !set) return set;
  }
  // What people want to know of it is recorded with the run.
  std::vector<std::string> tags;
  for (const auto& [name, value] : target.facts) tags.push_back(fmt::format("{}={}", name, value));
  if (auto set = apply_setting(app, "tag", tags); !set) return set;
  if (target.api_key_env.empty()) return {};
  return apply_setting(app, "api-key-env", {target.api_key_env});
}

Result<void> apply_scenario(CLI::App& app, const RawSuite& raw, int max_tokens) {
  const auto file = file_of(raw.scenarios_file, "test_scenarios.yaml");
  if (!file) return std::unexpected(file.error());
  const auto scenario = find_scenario(*file, raw.scenario);
  if (!scenario) return std::unexpected(scenario.error());
  const Said otherwise{
      .load = any_given(app,
                        {"--concurrency", "--sweep", "--search", "--rate", "--stages", "--replay"}),
      .requests = any_given(app, {"--class", "--dataset", "--shared-prefix", "--replay"}),
      .prompts = any_given(app, {"--prompt-tokens"}),
      .answers = any_given(app, {"--output-tokens"}),
      .max_tokens = max_tokens,
      .time_scale = raw.time_scale,
  };
  return apply_settings(app, settings_of(*scenario, otherwise));
}

/// "60" is seconds, as the suites have it.
Result<void> apply_run_time(CLI::App& app, const std::string& run_time) {
  if (any_given(app, {"--duration"})) {
    return fail(ErrorCode::usage, "--run-time and --duration are the same: say one of them");
  }
  const bool bare = run_time.find_first_not_of("0123456789.") == std::string::npos;
  return apply_setting(app, "duration", {bare ? run_time + "s" : run_time});
}

}  // namespace

void add_suite_options(CLI::App& group, RawSuite& raw) {
  group.add_option("--target", raw.target, "A deployment of configs/targets.yaml, such as mock")
      ->type_name("NAME")
      ->default_str("");
  group
      .add_option("--scenario", raw.scenario,
                  "A test of configs/test_scenarios.yaml, such as quick_validation; options here "
                  "go before what it says")
      ->type_name("NAME")
      ->default_str("");
  group.add_flag("--all-models", raw.all_models, "Each of the target's supported_models in turn");
  group
      .add_option("--time-scale", raw.time_scale,
                  "The scenario's times become so many times as long: 0.01 for a trial")
      ->check(CLI::Range(1e-4, 100.0));
  group
      .add_option("--run-time", raw.run_time,
                  "As --duration; a bare number is seconds (of each level)")
      ->type_name("S")
      ->default_str("");
  group.add_option("--targets", raw.targets_file, "Another file of targets")
      ->type_name("FILE")
      ->default_str("");
  group.add_option("--scenarios", raw.scenarios_file, "Another file of scenarios")
      ->type_name("FILE")
      ->default_str("");
}

Result<Suite> apply_suite(CLI::App& app, const RawSuite& raw) {
  Suite suite{raw.target, raw.scenario, {}};
  if (!raw.run_time.empty()) {
    if (const auto set = apply_run_time(app, raw.run_time); !set) {
      return std::unexpected(set.error());
    }
  }
  const bool named_model = any_given(app, {"--model"});
  int max_tokens = 0;
  if (!raw.target.empty()) {
    const auto target = target_of(raw);
    if (!target) return std::unexpected(target.error());
    if (const auto set = apply_target(app, *target); !set) return std::unexpected(set.error());
    max_tokens = target->max_tokens;
    if (raw.all_models) suite.models = target->supported_models;
  }
  if (raw.all_models && (suite.models.empty() || named_model)) {
    return fail(ErrorCode::usage,
                named_model ? "--all-models and --model: say one of them"
                            : "--all-models needs a --target that lists supported_models");
  }
  if (!raw.scenario.empty()) {
    if (const auto set = apply_scenario(app, raw, max_tokens); !set) {
      return std::unexpected(set.error());
    }
  } else if (any_given(app, {"--time-scale"})) {
    return fail(ErrorCode::usage, "--time-scale is about the times of a --scenario");
  }
  return suite;
}

}  // namespace hopcost::loadgen
