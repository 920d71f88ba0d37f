#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "common/clock.hpp"
#include "common/cpu.hpp"
#include "common/endpoint.hpp"
#include "mockserver/scenario/scenario.hpp"

namespace hopcost::mockserver {

/// Everything that can be asked of the program when it is started.
struct Options {
  HostPort listen{"127.0.0.1", 8000};  ///< of the first replica; the others have the next ports
  /// One for each replica, at least one. They may differ.
  std::vector<Scenario> replicas{Scenario{}};
  int threads = 0;  ///< 0: one for each CPU this process may use
  CpuSet cpus;      ///< worker i is pinned to the i-th of these, round and round; empty: not pinned
  std::size_t max_header = 32U << 10U;  ///< bytes of one request's head
  std::size_t max_body = 16U << 20U;    ///< bytes of one request's body
  Nanos drain_time = 5 * kSecond;       ///< what stop() gives requests that are under way
  bool quiet = false;
};

/// Fills `options` from the command line, the environment and files; nothing when the program
/// should go on, else its exit code.
///
/// A flag goes before its variable HOPCOST_<FLAG>, that before STREAM_DELAY_SECONDS and
/// MOCK_MODELS, and those before files. A flag that sets a scenario's key sets it for every replica
/// and every model, as a change by PUT does.
[[nodiscard]] std::optional<int> parse_options(int argc, const char* const* argv, Options& options);

}  // namespace hopcost::mockserver
