#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/cli.hpp"
#include "loadgen/compare/compare_command.hpp"
#include "loadgen/compare/comparison_files.hpp"
#include "loadgen/merge/decode.hpp"
#include "loadgen/output/format.hpp"
#include "loadgen/output/suite.hpp"

namespace hopcost::loadgen {
namespace {

/// What `loadgen compare` is told.
struct CompareOptions {
  std::vector<std::string> runs;  ///< "NAME=PATH" or "PATH"
  std::string output;
  bool html = false;
  bool json = false;
};

/// "gpu=results/a", or "results/a", whose name is "a".
std::pair<std::string, std::string> named(const std::string& text) {
  const auto equals = text.find('=');
  if (equals != std::string::npos && equals > 0) {
    return {text.substr(0, equals), text.substr(equals + 1)};
  }
  std::filesystem::path path(text);
  if (path.filename() == "run.json" || path.filename().empty()) path = path.parent_path();
  return {path.filename().string(), text};
}

Result<std::vector<Contestant>> read_contestants(const std::vector<std::string>& runs) {
  std::vector<Contestant> contestants;
  for (const auto& text : runs) {
    const auto [name, path] = named(text);
    auto record = read_record(path);
    if (!record) return std::unexpected(record.error());
    auto found = std::ranges::find(contestants, name, &Contestant::name);
    if (found == contestants.end()) found = contestants.insert(found, {name, {}});
    found->runs.push_back(std::move(*record));
  }
  return contestants;
}

Result<void> write_comparison(const CompareOptions& options, const Comparison& comparison,
                              const std::string& json) {
  if (options.output.empty()) return {};
  std::vector<OutputFile> files{{"comparison.json", json},
                                {"comparison.md", comparison_markdown(comparison)}};
  for (const auto& one : comparison.contestants) {
    const auto report =
        suite_report(one.together()).dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
    files.push_back({file_name(one.name) + "_results.json", report + "\n"});
  }
  if (options.html) {
    const auto page = comparison_page(comparison);
    // A build without it has compared all the same.
    if (page) files.push_back({"comparison_report.html", *page});
    if (!page) fmt::print(stderr, "loadgen: {}\n", page.error().to_string());
  }
  return write_files(options.output, files);
}

}  // namespace

int compare_command(int argc, const char* const* argv) {
  CompareOptions options;
  std::string config_file;
  CLI::App app{
      "Puts runs side by side, with intervals. Runs of one name belong together: three or more of "
      "each, made in turn, tell which is better.",
      "loadgen compare"};
  app.add_option("run", options.runs, "Folders with a run.json, each with a name if wanted")
      ->required()
      ->type_name("[NAME=]DIR");
  app.add_option("-o,--output", options.output,
                 "Folder for comparison.json, comparison.md and NAME_results.json")
      ->type_name("DIR");
  app.add_flag("--html", options.html, "Also comparison_report.html there");
  app.add_flag("--json", options.json, "Print comparison.json instead of the table");
  add_common_options(app, "loadgen", config_file);
  const auto check = [&]() -> Result<void> {
    if (!options.html || !options.output.empty()) return {};
    return fail(ErrorCode::usage, "--html needs --output");
  };
  if (const auto code = parse_command_line(app, argc, argv, config_file, check)) return *code;
  const auto fail_with = [](const Error& error) {
    fmt::print(stderr, "loadgen compare: {}\n", error.to_string());
    return error.exit_code();
  };
  auto contestants = read_contestants(options.runs);
  if (!contestants) return fail_with(contestants.error());
  const auto comparison = compare(std::move(*contestants));
  if (!comparison) return fail_with(comparison.error());
  const auto json =
      comparison_json(*comparison).dump(1, ' ', false, nlohmann::json::error_handler_t::replace) +
      "\n";
  fmt::print("{}", options.json ? json : comparison_text(*comparison));
  if (const auto written = write_comparison(options, *comparison, json); !written) {
    return fail_with(written.error());
  }
  const auto valid = [](const auto& one) {
    return std::ranges::all_of(one.runs, [](const auto& run) { return run.judgement.valid(); });
  };
  return std::ranges::all_of(comparison->contestants, valid) ? 0 : 2;
}

}  // namespace hopcost::loadgen
