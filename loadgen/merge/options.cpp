#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "common/cli.hpp"
#include "loadgen/merge/decode.hpp"
#include "loadgen/merge/merge_command.hpp"
#include "loadgen/output/format.hpp"
#include "loadgen/output/results.hpp"

namespace hopcost::loadgen {
namespace {

/// What `loadgen merge` is told.
struct MergeOptions {
  std::vector<std::string> shares;  ///< folders with a run.json, or such files
  std::string output;
  std::string formats;
  bool json = false;
};

/// One after another: a share's histograms take megabytes, and there may be hundreds of them.
Result<RunRecord> merged(const std::vector<std::string>& paths) {
  auto all = read_record(paths.front());
  if (!all) return all;
  for (auto path = paths.begin() + 1; path != paths.end(); ++path) {
    const auto share = read_record(*path);
    if (!share) return std::unexpected(share.error());
    if (const auto added = add_share(*all, *share); !added) return std::unexpected(added.error());
  }
  all->judgement = judge(all->options, all->result);
  return all;
}

}  // namespace

int merge_command(int argc, const char* const* argv) {
  MergeOptions options;
  std::string config_file;
  CLI::App app{"Joins shares of one run, such as many pods', into its record.", "loadgen merge"};
  app.add_option("share", options.shares, "Folders with a run.json")->required()->type_name("DIR");
  app.add_option("-o,--output", options.output, "Folder for the run's run.json")->type_name("DIR");
  app.add_option("--format", options.formats, "Also write there, a list as loadgen has it")
      ->type_name("LIST");
  app.add_flag("--json", options.json, "Print run.json instead of the table");
  add_common_options(app, "loadgen", config_file);
  const auto check = [&]() -> Result<void> {
    if (options.formats.empty()) return {};
    if (options.output.empty()) return fail(ErrorCode::usage, "--format needs --output");
    const auto known = formats_in(options.formats);
    if (!known) return fail(ErrorCode::usage, "--format: " + known.error().message);
    return {};
  };
  if (const auto code = parse_command_line(app, argc, argv, config_file, check)) return *code;
  const auto record = merged(options.shares);
  if (!record) {
    fmt::print(stderr, "loadgen merge: {}\n", record.error().to_string());
    return record.error().exit_code();
  }
  return present({*record}, {options.output, {}, options.formats, options.json, false});
}

}  // namespace hopcost::loadgen
