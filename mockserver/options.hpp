#pragma once

#include <cstddef>
#include <optional>

#include "common/clock.hpp"
#include "common/cpu.hpp"
#include "common/endpoint.hpp"
#include "mockserver/scenario.hpp"

namespace hopcost::mockserver {

/// Everything that can be asked of a server when it is started.
struct Options {
  HostPort listen{"127.0.0.1", 8000};
  int threads = 0;  ///< 0: one for each CPU this process may use
  CpuSet cpus;      ///< worker i is pinned to the i-th of these, round and round; empty: not pinned
  Scenario scenario;
  std::size_t max_header = 32U << 10U;  ///< bytes of one request's head
  std::size_t max_body = 16U << 20U;    ///< bytes of one request's body
  Nanos request_timeout = 60 * kSecond; ///< from a request's first byte to its last
  Nanos drain_time = 5 * kSecond;       ///< what stop() gives requests that are under way
  bool quiet = false;
};

/// Fills `options` from the command line, the environment and a file; nothing when the program
/// should go on, else its exit code.
[[nodiscard]] std::optional<int> parse_options(int argc, const char* const* argv, Options& options);

}  // namespace hopcost::mockserver
