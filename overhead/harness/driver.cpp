#include "overhead/harness/driver.hpp"

#include <algorithm>
#include <optional>
#include <sys/resource.h>
#include <utility>

#include <fmt/format.h>

#include "common/folders.hpp"
#include "common/process.hpp"
#include "common/tokens.hpp"
#include "common/write_file.hpp"
#include "overhead/harness/cpu_log.hpp"
#include "overhead/site/manifest.hpp"
#include "overhead/site/scratch.hpp"
#include "overhead/site/supervised.hpp"

namespace hopcost::overhead {
namespace {

namespace fs = std::filesystem;

/// Beyond the time it was to send for: its start, its end, what is still under way.
constexpr Nanos kPatience = 60 * kSecond;

/// CPU time of processes that have ended and were waited for, theirs included.
Nanos ended_cpu() {
  rusage usage{};
  getrusage(RUSAGE_CHILDREN, &usage);
  const auto of = [](const timeval& time) {
    return time.tv_sec * kSecond + time.tv_usec * kMicrosecond;
  };
  return of(usage.ru_utime) + of(usage.ru_stime);
}

/// "http://127.0.0.1:8000": tools add the API's path themselves.
std::string root_of(const ApiBase& api) {
  auto url = api.url();
  if (url.ends_with("/v1")) url.resize(url.size() - 3);
  return url;
}

Placeholders values_of(const Harness& harness, const loadgen::Options& options,
                       const fs::path& folder) {
  const auto seconds = (options.duration + kSecond - 1) / kSecond;
  std::string prompt;
  append_tokens(prompt, 0, options.prompt_tokens.most());
  auto values = places_of(harness, folder);
  values.insert({{"url", root_of(options.targets.front())},
                 {"model", options.models.front().name},
                 {"users", std::to_string(options.concurrency)},
                 {"seconds", std::to_string(seconds)},
                 {"prompt_tokens", std::to_string(options.prompt_tokens.most())},
                 {"prompt", prompt},
                 {"output_tokens", std::to_string(options.output_tokens.most())},
                 {"stream", options.stream ? "true" : "false"}});
  return values;
}

Result<void> can_drive(const Harness& harness, const loadgen::Options& options) {
  const auto refused = [&](const char* why) {
    return fail(ErrorCode::usage, why, fmt::format("harness {}", harness.name));
  };
  if (!harness.pass) return refused("has no pass: it only takes load profiles (scripts/run.sh)");
  if (options.targets.size() > 1) return refused("drives one server, not several instances");
  if (harness.pass->streams_only && !options.stream) {
    return refused("sends streams only: --streaming on");
  }
  if (options.open_loop()) return refused("drives closed loops");
  if (options.spawn_per_s > 0) return refused("begins with all its users: no --spawn-rate");
  if (!options.headers.empty()) return refused("cannot send the headers that this stack wants");
  return {};
}

Result<Command> command_of(const Harness& harness, const Placeholders& values,
                           const loadgen::Options& options, const fs::path& folder) {
  Command command;
  command.log = folder / "harness.log";
  command.folder = folder;
  command.cpus = options.cpus;
  command.environment = harness.environment;
  // Some make folders at home, and ask the network what they need not know.
  command.environment.emplace_back("HOME", folder.string());
  auto words = expand(harness.pass->command, values);
  if (!words) return fail(ErrorCode::usage, words.error().message, harness.file.string());
  command.arguments = std::move(*words);
  for (const auto& [name, text] : harness.pass->files) {
    const auto filled = expand(text, values);
    if (!filled) return fail(ErrorCode::usage, filled.error().message, harness.file.string());
    std::error_code ignored;  // where it cannot be made, the file in it cannot be written either
    fs::create_directories((folder / name).parent_path(), ignored);
    if (const auto written = write_file(folder / name, *filled); !written) {
      return std::unexpected(written.error());
    }
  }
  return command;
}

/// One run of it; nothing where it had to be ended because it did not end by itself: its last words
/// then.
Result<std::optional<loadgen::RunResult>> drive_once(const Harness& harness,
                                                     const loadgen::Options& options,
                                                     const std::stop_token& stop,
                                                     std::string& last_words) {
  const auto scratch = ScratchFolder::make();
  if (!scratch) return std::unexpected(scratch.error());
  const auto& folder = scratch->path();
  auto command = command_of(harness, values_of(harness, options, folder), options, folder);
  if (!command) return std::unexpected(command.error());
  const Nanos began = now_ns();
  const Nanos cpu_before = ended_cpu();
  auto process = SupervisedProcess::start(*command);
  if (!process) return std::unexpected(process.error());
  constexpr Nanos kLook = 200 * kMillisecond;
  CpuLog cpu;
  std::optional<int> code;
  while (!code && !stop.stop_requested() && now_ns() - began < options.duration + kPatience) {
    code = process->wait(kLook);
    cpu.add(now_ns(), sample_tree_cpu({process->supervisor()}).total());
  }
  if (!code && stop.stop_requested()) {
    loadgen::RunResult cut;
    cut.cut_short = true;
    return cut;
  }
  if (!code) {
    last_words = process->log_tail();
    return std::nullopt;
  }
  if (*code != 0) {
    return fail(ErrorCode::unreachable,
                fmt::format("ended with {}\n{}", *code, process->log_tail()),
                fmt::format("harness {}", harness.name));
  }
  const Nanos took = now_ns() - began;
  cpu.add(now_ns(), ended_cpu() - cpu_before);
  auto run = read_outcome(harness.pass->form, folder / harness.pass->result);
  if (!run) return std::unexpected(run.error());
  run->generator_cpu_ns = ended_cpu() - cpu_before;
  // Its start and its reports are not what the load waited for.
  const auto while_sending = cpu.share_between(run->start_ns, run->start_ns + run->measured_ns);
  run->generator_busy_share = while_sending.value_or(static_cast<double>(run->generator_cpu_ns) /
                                                     static_cast<double>(std::max<Nanos>(1, took)));
  return std::optional(std::move(*run));
}

/// Some hang now and then before they have sent anything: asked once more, then it is an Error.
Result<loadgen::RunResult> drive(const Harness& harness, const loadgen::Options& options,
                                 const std::stop_token& stop) {
  if (const auto can = can_drive(harness, options); !can) return std::unexpected(can.error());
  constexpr int kTries = 2;
  std::string last_words;
  for (int tries = 0; tries < kTries; ++tries) {
    auto run = drive_once(harness, options, stop, last_words);
    if (!run) return std::unexpected(run.error());
    if (*run) return std::move(**run);
  }
  return fail(ErrorCode::unreachable, fmt::format("did not end, twice\n{}", last_words),
              fmt::format("harness {}", harness.name));
}

}  // namespace

Driver driver_of(Harness harness) {
  return
      [harness = std::move(harness)](const loadgen::Options& options, const std::stop_token& stop) {
        return drive(harness, options, stop);
      };
}

}  // namespace hopcost::overhead
