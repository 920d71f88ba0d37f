#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "common/stop_signal.hpp"
#include "mockserver/scenario/options.hpp"
#include "mockserver/server/server.hpp"

namespace {

using namespace hopcost;
using namespace hopcost::mockserver;

/// Standard output belongs to the line that says where we listen.
void log_to_stderr(bool quiet) {
  spdlog::set_default_logger(spdlog::stderr_logger_mt("mockserver"));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%e %l: %v");
  spdlog::set_level(quiet ? spdlog::level::warn : spdlog::level::info);
}

/// A replica's share of the threads, where their number was not said.
int threads_of_each(const Options& options) {
  if (options.threads > 0) return options.threads;
  const auto cpus = options.cpus.empty() ? allowed_cpus().size() : options.cpus.size();
  return static_cast<int>(std::max<std::size_t>(1, cpus / options.replicas.size()));
}

ServerOptions server_options(const Options& options, const Scenario& scenario) {
  return {options.listen,   threads_of_each(options), options.cpus, options.max_header,
          options.max_body, options.drain_time,       scenario};
}

/// All at once, because each may take its whole drain time.
void stop_all(const std::vector<std::unique_ptr<Server>>& servers) {
  std::vector<std::jthread> threads;
  threads.reserve(servers.size());
  for (const auto& server : servers) threads.emplace_back([&server] { server->stop(); });
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (const auto code = parse_options(argc, argv, options)) return *code;
  log_to_stderr(options.quiet);

  const StopOnSignal signals;  // first, so that no signal is lost
  std::vector<std::unique_ptr<Server>> servers;
  for (const auto& scenario : options.replicas) {
    ServerOptions wanted = server_options(options, scenario);
    if (wanted.listen.port != 0) wanted.listen.port += static_cast<std::uint16_t>(servers.size());
    servers.push_back(std::make_unique<Server>(wanted));
    if (const auto started = servers.back()->start(); !started) {
      fmt::print(stderr, "mockserver: {}\n", started.error().to_string());
      return started.error().exit_code();
    }
  }
  for (const auto& server : servers) {
    HostPort address = options.listen;
    address.port = server->port();
    fmt::print("listening on http://{}\n", address.to_string());
  }
  std::fflush(stdout);

  // Not a semaphore: ThreadSanitizer does not know that one waits in it, and holds back the handler
  // of a signal that this thread gets.
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  stopped.wait(lock, signals.token(), [] { return false; });
  spdlog::info("stopping: requests under way may finish");
  stop_all(servers);
  return 0;
}
