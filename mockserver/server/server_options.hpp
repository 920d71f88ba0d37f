#pragma once

#include <cstddef>

#include "common/clock.hpp"
#include "common/cpu.hpp"
#include "common/endpoint.hpp"
#include "mockserver/scenario/scenario.hpp"

namespace hopcost::mockserver {

/// Everything that can be asked of one server when it is started.
struct ServerOptions {
  HostPort listen{"127.0.0.1", 8000};
  int threads = 0;  ///< 0: one for each CPU this process may use
  CpuSet cpus;      ///< worker i is pinned to the i-th of these, round and round; empty: not pinned
  std::size_t max_header = 32U << 10U;  ///< bytes of one request's head
  std::size_t max_body = 16U << 20U;    ///< bytes of one request's body
  Nanos drain_time = 5 * kSecond;       ///< what stop() gives requests that are under way
  Scenario scenario;
};

}  // namespace hopcost::mockserver
