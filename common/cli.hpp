#pragma once

#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/App.hpp>

#include "common/clock.hpp"
#include "common/error.hpp"
#include "common/version_text.hpp"

namespace hopcost {

class YamlNode;

/// The habits every program of ours shares: units in values, `--config FILE.yaml` whose keys are
/// option names, environment variables HOPCOST_<OPTION>, flags before environment before file, exit
/// code 64 for a wrong command line. Include this only from a program's options.cpp: CLI11 is slow
/// to compile.

/// An option whose value has a unit: "20ms".
CLI::Option* add_duration(CLI::App& app, const std::string& names, Nanos& value,
                          const std::string& help);
/// "100/s"
CLI::Option* add_rate(CLI::App& app, const std::string& names, double& value,
                      const std::string& help);

/// Adds --version, --config, and an environment variable for every option there is so far.
void add_common_options(CLI::App& app, const std::string& program, std::string& config_file);

/// Gives options that neither a flag nor the environment set the value the YAML file has for them.
Result<void> apply_config_file(CLI::App& app, const std::string& config_file);

/// The same for one key of such a file; throws ErrorException. For programs whose file holds more
/// than options.
void apply_config_entry(CLI::App& app, const std::string& key, const YamlNode& node);

/// Whether a flag, the environment, a file or something that was chosen has set one of them.
[[nodiscard]] bool any_given(const CLI::App& app, std::initializer_list<const char*> options);

/// Gives the option `--name` these values, unless a flag, the environment or a file has: what
/// something else that was chosen implies. An Error where the option does not take them.
Result<void> apply_setting(CLI::App& app, const std::string& name,
                           const std::vector<std::string>& values);

/// The same for several options, in their order.
Result<void> apply_settings(
    CLI::App& app, const std::vector<std::pair<std::string, std::vector<std::string>>>& settings);

/// Parses; nothing when the program should go on, else the exit code (help and version print and
/// give 0). `check` runs after the file was applied and may refuse a combination.
[[nodiscard]] std::optional<int> parse_command_line(
    CLI::App& app, int argc, const char* const* argv, const std::string& config_file,
    const std::function<Result<void>()>& check = {});

}  // namespace hopcost
