#include <csignal>
#include <cstdio>
#include <exception>
#include <sys/resource.h>

#include <fmt/format.h>

#include "overhead/reference_proxy/options.hpp"

namespace {

using namespace hopcost;

/// As many connections as the system lets us have.
void raise_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

int complain(const Error& error) {
  fmt::print(stderr, "reference_proxy: {}\n", error.to_string());
  return error.exit_code();
}

int run(int argc, char** argv) {
  reference_proxy::Program program;
  if (const auto code = read_options(argc, argv, program)) return *code;
  raise_file_limit();
  // Blocked before any thread exists: the signals wait for sigwait below.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  if (auto pinned = pin_current_thread(program.cpus); !pinned) return complain(pinned.error());
  reference_proxy::ReferenceProxy proxy(program.proxy);
  if (auto started = proxy.start(); !started) return complain(started.error());
  fmt::print("listening on http://{}\n",
             HostPort{program.proxy.listen.host, proxy.port()}.to_string());
  std::fflush(stdout);

  int signal = 0;
  sigwait(&signals, &signal);
  proxy.stop();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& e) {
    fmt::print(stderr, "reference_proxy: {}\n", e.what());
    return 70;
  }
}
