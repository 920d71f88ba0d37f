#include "overhead/command/start_command.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>

#include <fmt/format.h>

#include "overhead/command/commands.hpp"
#include "overhead/site/standup.hpp"

namespace hopcost::overhead {
namespace {

namespace fs = std::filesystem;

constexpr const char* kKeyVariable = "HOPCOST_STACK_KEY";

std::string key_given() {
  const char* const key = std::getenv(kKeyVariable);
  return key == nullptr ? "" : key;
}

bool wants_key(const StackManifest& manifest) {
  for (const auto& [name, value] : manifest.worker().headers) {
    if (value.find("{key}") != std::string::npos) return true;
  }
  return false;
}

/// The key stays in its variable.
std::string without_key(std::string value, const std::string& key) {
  const auto at = key.empty() ? std::string::npos : value.find(key);
  if (at == std::string::npos) return value;
  return value.replace(at, key.size(), fmt::format("${}", kKeyVariable));
}

void say_where(Standup& standup, const std::string& key) {
  for (const auto& api : standup.backend().apis()) fmt::print("backend {}\n", api.url());
  for (const auto& api : standup.stack_targets()) fmt::print("stack {}\n", api.url());
  fmt::print("model {}\n", standup.model());
  for (const auto& [name, value] : standup.headers()) {
    fmt::print("header {}: {}\n", name, without_key(value, key));
  }
  fmt::print("ready, until Ctrl-C\n");
  std::fflush(stdout);
}

/// Until it is asked to stop, or one of them ends: that is looked for each second.
Result<void> keep_up(Standup& standup, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::unique_lock lock(mutex);
  while (!stop.stop_requested()) {
    if (const auto alive = standup.check_alive(); !alive) return alive;
    changed.wait_for(lock, stop, std::chrono::seconds(1), [] { return false; });
  }
  return {};
}

}  // namespace

int start_command(const Program& program, const std::stop_token& stop) {
  const auto& options = program.stacks;
  auto manifest = find_manifest(options.start);
  if (!manifest) return report_error(manifest.error());
  StandupSpec spec;
  spec.key = key_given();
  if (spec.key.empty() && wants_key(*manifest)) {
    return report_error({ErrorCode::usage,
                         fmt::format("its clients need a key: set {}", kKeyVariable),
                         "stack " + manifest->name});
  }
  spec.manifest = std::move(*manifest);
  spec.workers = options.workers;
  spec.replicas = options.replicas;
  spec.backends = options.backend_replicas;
  spec.backend_port = static_cast<std::uint16_t>(options.backend_port);
  spec.stack_port = static_cast<std::uint16_t>(options.stack_port);
  spec.backend_config = options.backend_config;
  const auto scratch =
      program.output.empty() ? make_scratch_folder() : Result<fs::path>(fs::path());
  if (!scratch) return report_error(scratch.error());
  spec.logs = program.output.empty() ? *scratch : fs::path(program.output);
  std::error_code ignored;  // where it cannot be made, the first log complains
  fs::create_directories(spec.logs, ignored);
  Result<void> kept;
  if (auto standup = Standup::start(spec)) {
    say_where(**standup, spec.key);
    kept = keep_up(**standup, stop);
  } else {
    kept = std::unexpected(standup.error());
  }
  if (!scratch->empty()) fs::remove_all(*scratch, ignored);
  return kept ? 0 : report_error(kept.error());
}

}  // namespace hopcost::overhead
