#include <chrono>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/stop_signal.hpp"
#include "loadgen/console.hpp"
#include "loadgen/options.hpp"
#include "loadgen/record.hpp"
#include "loadgen/run.hpp"

namespace {

using namespace hopcost;
using namespace hopcost::loadgen;

Result<void> write_record(const std::string& folder, const std::string& text) {
  std::error_code ec;
  std::filesystem::create_directories(folder, ec);
  const std::string path = folder + "/run.json";
  std::ofstream file(path, std::ios::binary);
  file << text << '\n';
  file.close();
  if (ec || !file) return fail(ErrorCode::io, "cannot be written", path);
  return {};
}

/// When `monotonic_ns` was, since the epoch.
Nanos epoch_ns(Nanos monotonic_ns) {
  const auto wall = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(wall).count() -
         (now_ns() - monotonic_ns);
}

}  // namespace

int main(int argc, char** argv) {
  Program program;
  if (const auto code = parse_options(argc, argv, program)) return *code;
  const StopOnSignal signals;
  const auto result = run(program.run, signals.token());
  if (!result) {
    fmt::print(stderr, "loadgen: {}\n", result.error().to_string());
    return result.error().exit_code();
  }
  const RunRecord record{program.run, *result, judge(program.run, *result),
                         epoch_ns(result->start_ns)};
  const std::string text = to_json(record).dump(1);
  fmt::print("{}",
             program.json ? text + "\n" : console_report(program.run, *result, record.judgement));
  if (!program.output.empty()) {
    if (const auto written = write_record(program.output, text); !written) {
      fmt::print(stderr, "loadgen: {}\n", written.error().to_string());
      return written.error().exit_code();
    }
  }
  return record.judgement.exit_code();
}
