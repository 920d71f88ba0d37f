#include <cstdio>
#include <semaphore>

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "common/stop_signal.hpp"
#include "mockserver/options.hpp"
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

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (const auto code = parse_options(argc, argv, options)) return *code;
  log_to_stderr(options.quiet);

  const StopOnSignal signals;  // first, so that no signal is lost
  Server server(options);
  if (const auto started = server.start(); !started) {
    fmt::print(stderr, "mockserver: {}\n", started.error().to_string());
    return started.error().exit_code();
  }
  HostPort address = options.listen;
  address.port = server.port();
  fmt::print("listening on http://{}\n", address.to_string());
  std::fflush(stdout);

  std::binary_semaphore stop(0);
  const std::stop_callback on_stop(signals.token(), [&stop] { stop.release(); });
  stop.acquire();
  spdlog::info("stopping: requests under way may finish");
  server.stop();
  return 0;
}
