#include "common/cli.hpp"

#include <algorithm>
#include <cctype>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "common/units.hpp"
#include "common/yaml.hpp"

namespace hopcost {
namespace {

std::string environment_name(const std::string& option) {
  std::string name = "HOPCOST_";
  for (const char c : option) {
    name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return name;
}

/// For every option of the program, its groups and its subcommands.
void add_environment_names(CLI::App& app) {
  for (auto* option : app.get_options()) {
    const auto& names = option->get_lnames();
    if (names.empty() || names[0] == "help" || names[0] == "version" || names[0] == "config") {
      continue;
    }
    option->envname(environment_name(names[0]));
  }
  for (auto* inner : app.get_subcommands([](CLI::App*) { return true; })) {
    add_environment_names(*inner);
  }
}

/// An option that holds a quantity: parsed by `parse`, shown by its default's text.
template <class T, class Parse>
CLI::Option* add_quantity(CLI::App& app, const std::string& names, T& value,
                          const std::string& help, const std::string& type, Parse parse,
                          const std::string& default_text) {
  auto* option = app.add_option(
      names,
      [&value, parse, name = names.substr(names.rfind(',') + 1)](const CLI::results_t& results) {
        const auto parsed = parse(results.back());
        if (!parsed) throw CLI::ValidationError(name, parsed.error().message);
        value = *parsed;
        return true;
      },
      help);
  option->type_name(type)->default_str(default_text);
  return option;
}

/// Hands an option its results; why it does not take them, without its name.
std::optional<std::string> refused(CLI::Option& option) {
  try {
    option.run_callback();
  } catch (const CLI::Error& e) {
    const std::string message = e.what();
    const std::string prefix = option.get_name() + ": ";
    return message.starts_with(prefix) ? message.substr(prefix.size()) : message;
  }
  return std::nullopt;
}

}  // namespace

CLI::Option* add_duration(CLI::App& app, const std::string& names, Nanos& value,
                          const std::string& help) {
  return add_quantity(app, names, value, help, "TIME", parse_duration, duration_text(value));
}

CLI::Option* add_rate(CLI::App& app, const std::string& names, double& value,
                      const std::string& help) {
  return add_quantity(app, names, value, help, "RATE", parse_rate,
                      value > 0 ? fmt::format("{}/s", value) : "");
}

void add_common_options(CLI::App& app, const std::string& program, std::string& config_file) {
  app.set_version_flag("--version", [program] { return program + ", " + version_text(); });
  app.add_option("--config", config_file, "Read options from this YAML file: keys are option names")
      ->type_name("FILE");
  app.get_formatter()->column_width(34);
  add_environment_names(app);
}

void apply_config_entry(CLI::App& app, const std::string& key, const YamlNode& node) {
  std::string name = key;
  std::ranges::replace(name, '_', '-');
  auto* option = app.get_option_no_throw("--" + name);
  if (option == nullptr || name == "help" || name == "version" || name == "config") {
    node.complain("unknown key");
  }
  if (option->count() > 0) return;  // a flag or the environment goes first
  if (node.is_sequence()) {
    for (const auto& item : node.items()) option->add_result(item.as_string());
  } else {
    option->add_result(node.as_string());
  }
  if (const auto message = refused(*option)) node.complain(*message);
}

bool any_given(const CLI::App& app, std::initializer_list<const char*> options) {
  return std::ranges::any_of(
      options, [&](const char* option) { return app.get_option(option)->count() > 0; });
}

Result<void> apply_setting(CLI::App& app, const std::string& name,
                           const std::vector<std::string>& values) {
  auto* option = app.get_option("--" + name);
  if (option->count() > 0 || values.empty()) return {};
  for (const auto& value : values) option->add_result(value);
  if (const auto message = refused(*option)) {
    return fail(ErrorCode::usage, fmt::format("--{}: {}", name, *message));
  }
  return {};
}

Result<void> apply_settings(
    CLI::App& app, const std::vector<std::pair<std::string, std::vector<std::string>>>& settings) {
  for (const auto& [option, values] : settings) {
    if (auto applied = apply_setting(app, option, values); !applied) return applied;
  }
  return {};
}

Result<void> apply_config_file(CLI::App& app, const std::string& config_file) {
  auto root = load_yaml(config_file);
  if (!root) return std::unexpected(root.error());
  auto done = catch_errors([&]() -> bool {
    if (root->is_null()) return true;
    for (const auto& [key, node] : root->entries()) apply_config_entry(app, key, node);
    return true;
  });
  if (!done) return std::unexpected(done.error());
  return {};
}

std::optional<int> parse_command_line(CLI::App& app, int argc, const char* const* argv,
                                      const std::string& config_file,
                                      const std::function<Result<void>()>& check) {
  constexpr int kUsage = 64;
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : kUsage;
  }
  Result<void> outcome;
  if (!config_file.empty()) outcome = apply_config_file(app, config_file);
  if (outcome && check) outcome = check();
  if (!outcome) {
    fmt::print(stderr, "{}: {}\n", app.get_name(), outcome.error().to_string());
    return outcome.error().exit_code();
  }
  return std::nullopt;
}

}  // namespace hopcost
