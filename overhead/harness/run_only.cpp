#include "overhead/harness/run_only.hpp"

#include <chrono>
#include <optional>
#include <system_error>

#include <fmt/format.h>

#include "common/folders.hpp"
#include "common/write_file.hpp"
#include "loadgen/output/format.hpp"
#include "loadgen/profile/profile.hpp"
#include "overhead/harness/harness.hpp"
#include "overhead/harness/lifecycle_files.hpp"
#include "overhead/site/manifest.hpp"
#include "overhead/site/supervised.hpp"

namespace hopcost::overhead {
namespace {

namespace fs = std::filesystem;

/// A process that sends a workload, and where its results go.
struct Launcher {
  SupervisedProcess process;
  fs::path folder;
};

Result<void> scale_stages(YamlNode& profile, double scale) {
  if (scale == 1) return {};
  const auto scaled = catch_errors([&] {
    if (const auto stages = profile.at("load.stages")) {
      for (auto& stage : stages->items()) {
        if (auto seconds = stage.at("duration")) {
          seconds->set(fmt::format("{:g}", seconds->as_double() * scale));
        }
      }
    }
    return true;
  });
  if (!scaled) return std::unexpected(scaled.error());
  return {};
}

/// Makes HARNESS_EPOCH_WORKLOAD_STACK; of two in one second the later gets the next one.
Result<std::vector<fs::path>> make_folders(const std::string& harness, const RunOnlyConfig& config,
                                           const std::string& workload) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  auto epoch = std::chrono::duration_cast<std::chrono::seconds>(now).count();
  std::vector<fs::path> folders;
  std::error_code ec;
  fs::create_directories(config.work_dir, ec);
  while (!ec && folders.size() < static_cast<std::size_t>(config.parallelism)) {
    auto name =
        loadgen::file_name(fmt::format("{}_{}_{}_{}", harness, epoch, workload, config.stack_name));
    if (config.parallelism > 1) name += fmt::format("_{}", folders.size() + 1);
    if (fs::create_directory(config.work_dir / name, ec)) {
      folders.push_back(config.work_dir / name);
    } else if (!ec && folders.empty()) {
      ++epoch;
    } else if (!ec) {
      return fail(ErrorCode::io, "is there already", (config.work_dir / name).string());
    }
  }
  if (ec) return fail(ErrorCode::io, ec.message(), config.work_dir.string());
  return folders;
}

Result<Launcher> launch(const Harness& harness, const RunOnlyConfig& config,
                        const std::string& workload, YamlNode profile, const fs::path& folder,
                        std::size_t index) {
  const auto text = catch_errors([&] {
    if (auto path = profile.at("storage.local_storage.path")) path->set(folder.string());
    return profile.text();
  });
  if (!text) return std::unexpected(text.error());
  const auto file = folder / (loadgen::file_name(workload) + ".yaml");
  if (const auto written = write_file(file, *text); !written) {
    return std::unexpected(written.error());
  }
  auto values = places_of(harness, folder);
  values.insert({{"workload", file.string()}, {"seed", std::to_string(index + 1)}});
  Command command;
  command.log = folder / "stdout.log";
  command.environment = harness.environment;
  command.environment.insert(command.environment.end(), config.environment.begin(),
                             config.environment.end());
  // The supervisor has one log for both.
  command.arguments = {"sh", "-c", R"(exec "$@" 2>"$0")", (folder / "stderr.log").string()};
  const auto words = expand(harness.command, values);
  if (!words) return fail(ErrorCode::usage, words.error().message, harness.file.string());
  command.arguments.insert(command.arguments.end(), words->begin(), words->end());
  auto process = SupervisedProcess::start(command);
  if (!process) return std::unexpected(process.error());
  return Launcher{std::move(*process), folder};
}

std::string last_words(const fs::path& folder) {
  const auto errors = tail_of(folder / "stderr.log");
  return errors.empty() ? tail_of(folder / "stdout.log") : errors;
}

/// Its exit code, or nothing where `stop` ended it. An Error where it took too long.
Result<std::optional<int>> wait_for(Launcher& launcher, std::chrono::steady_clock::time_point began,
                                    Nanos wait_timeout, const std::stop_token& stop) {
  constexpr Nanos kLook = 100 * kMillisecond;
  while (!stop.stop_requested()) {
    const auto code = launcher.process.wait(kLook);
    if (code && stop.stop_requested()) break;  // Ctrl-C on a terminal reaches both
    if (code) return code;
    const auto taken = std::chrono::steady_clock::now() - began;
    if (wait_timeout == 0 || taken < std::chrono::nanoseconds(wait_timeout)) continue;
    launcher.process.stop();
    return fail(ErrorCode::unreachable,
                fmt::format("stopped after {:g} s, its wait_timeout\n{}", in_seconds(wait_timeout),
                            last_words(launcher.folder)),
                launcher.folder.string());
  }
  launcher.process.stop();
  return std::nullopt;
}

Result<WorkloadOutcome> run_workload(const Harness& harness, const RunOnlyConfig& config,
                                     const std::string& name, const YamlNode& profile,
                                     const std::stop_token& stop) {
  const auto wanted = catch_errors([&] { return loadgen::decode_profile(profile); });
  if (!wanted) return std::unexpected(wanted.error());
  const auto folders = make_folders(harness.name, config, name);
  if (!folders) return std::unexpected(folders.error());
  WorkloadOutcome outcome{name, *folders, true, false};
  const auto began = std::chrono::steady_clock::now();
  std::vector<Launcher> launchers;
  for (std::size_t i = 0; i < folders->size(); ++i) {
    auto launcher = launch(harness, config, name, profile, (*folders)[i], i);
    if (!launcher) return std::unexpected(launcher.error());
    launchers.push_back(std::move(*launcher));
  }
  for (auto& launcher : launchers) {
    const auto ended = wait_for(launcher, began, config.wait_timeout, stop);
    if (!ended) return std::unexpected(ended.error());
    outcome.stopped = outcome.stopped || !*ended;
    const int code = ended->value_or(0);
    constexpr int kNotValid = 2;
    if (code != 0 && code != kNotValid) {
      return fail(
          ErrorCode::unreachable,
          fmt::format("{} ended with {}\n{}", harness.name, code, last_words(launcher.folder)),
          launcher.folder.string());
    }
    outcome.valid = outcome.valid && code == 0;
    if (const auto put = put_lifecycle_files(launcher.folder, *wanted); !put) {
      return std::unexpected(put.error());
    }
  }
  return outcome;
}

}  // namespace

Result<std::vector<WorkloadOutcome>> run_only(const RunOnlyConfig& config,
                                              const RunOnlyOptions& options,
                                              const std::stop_token& stop,
                                              const std::function<void(const std::string&)>& say) {
  const auto harness = find_harness(config.harness);
  if (!harness) return std::unexpected(harness.error());
  if (const auto missing = what_is_missing(*harness)) {
    return fail(ErrorCode::unreachable, *missing, fmt::format("harness {}", harness->name));
  }
  if (harness->command.empty()) {
    return fail(ErrorCode::usage, "takes no load profile: it is for overhead run --harness",
                fmt::format("harness {}", harness->name));
  }
  std::vector<WorkloadOutcome> outcomes;
  for (auto [name, profile] : config.workloads) {
    if (auto changed = loadgen::change_values(profile, options.changes); !changed) {
      return std::unexpected(changed.error());
    }
    if (auto scaled = scale_stages(profile, options.time_scale); !scaled) {
      return std::unexpected(scaled.error());
    }
    say(name);
    auto outcome = run_workload(*harness, config, name, profile, stop);
    if (!outcome) return std::unexpected(outcome.error());
    outcomes.push_back(std::move(*outcome));
    if (outcomes.back().stopped) break;
  }
  return outcomes;
}

}  // namespace hopcost::overhead
