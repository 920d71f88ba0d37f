#include <unistd.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/stop_signal.hpp"
#include "loadgen/console.hpp"
#include "loadgen/options.hpp"
#include "loadgen/output/format.hpp"
#include "loadgen/record.hpp"
#include "loadgen/watched_run.hpp"

namespace {

using namespace hopcost;
using namespace hopcost::loadgen;

/// run.json first: everything else can be made again from it.
Result<void> write_results(const Program& program, const RunRecord& record,
                           const std::string& json) {
  if (program.output.empty()) return {};
  if (auto written = write_files(program.output, {{"run.json", json}}); !written) {
    // What was measured is not lost with the folder.
    if (!program.json) fmt::print("{}", json);
    return written;
  }
  if (program.formats.empty()) return {};
  const auto wanted = formats_in(program.formats);
  if (!wanted) return std::unexpected(wanted.error());
  for (const auto& format : *wanted) {
    if (auto written = write_files(program.output, format.render(record)); !written) {
      return written;
    }
  }
  return {};
}

/// When `monotonic_ns` was, since the epoch.
Nanos epoch_ns(Nanos monotonic_ns) {
  return epoch_now_ns() - (now_ns() - monotonic_ns);
}

}  // namespace

int main(int argc, char** argv) {
  Program program;
  if (const auto code = parse_options(argc, argv, program)) return *code;
  const StopOnSignal signals;
  const bool live = !program.quiet && ::isatty(STDERR_FILENO) == 1;
  const auto result = run_watched(program.run, signals.token(), live);
  if (!result) {
    fmt::print(stderr, "loadgen: {}\n", result.error().to_string());
    return result.error().exit_code();
  }
  const RunRecord record{program.run, *result, judge(program.run, *result),
                         epoch_ns(result->start_ns)};
  const std::string json = to_json(record).dump(1) + "\n";
  fmt::print("{}", program.json ? json : console_report(program.run, *result, record.judgement));
  if (const auto written = write_results(program, record, json); !written) {
    fmt::print(stderr, "loadgen: {}\n", written.error().to_string());
    return written.error().exit_code();
  }
  return record.judgement.exit_code();
}
