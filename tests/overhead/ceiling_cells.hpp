#pragma once

#include <vector>

#include "tests/overhead/cells.hpp"

namespace hopcost::test {

/// What goes through a made-up stand-up, and what that costs.
struct CeilingShape {
  int workers = 1;
  double per_s = 400;
  double backend_per_s = 20'000;
  double stack_cores = 0.9;
  std::vector<double> thread_shares{};  ///< of the stack's CPU; empty: all workers alike
  double generator_busy = 0.1;
  double p95_ms = 20;
  std::uint64_t failed = 0;  ///< of 100 requests
};

[[nodiscard]] inline overhead::Cell ceiling_cell(const CeilingShape& shape) {
  using namespace hopcost::overhead;
  Cell cell = healthy_cell();
  cell.asked.load = Load::ceiling;
  cell.standup.workers = shape.workers;
  cell.asked.concurrency = 16;
  cell.id = cell_id(cell.standup, {16, Mode::unary, Load::ceiling});
  cell.placement.stack = {0, 1, 2, 3};
  cell.placement.backend = {4};
  cell.workers.asked = shape.workers;
  cell.workers.seen = {shape.workers};
  for (auto& pass : cell.passes) {
    const double jitter = 1 + 0.001 * (pass.restart % 3);
    const double rate = jitter * (pass.through_stack ? shape.per_s : shape.backend_per_s);
    pass.quantities = {{"requests_per_s", rate}, {"e2e.p95", shape.p95_ms * 1e6}};
    pass.generator_busy_share = shape.generator_busy;
    pass.backend_cpu_ns = 110 * 10'000;
    if (!pass.through_stack) continue;
    pass.counters.ok = 100 - shape.failed;
    pass.stack_cpu_ns = static_cast<Nanos>(shape.stack_cores * 110 / rate * 1e9);
    auto shares = shape.thread_shares;
    if (shares.empty()) shares.assign(static_cast<std::size_t>(shape.workers), 1.0 / shape.workers);
    for (const double share : shares) {
      pass.busiest_threads_ns.push_back(
          static_cast<Nanos>(share * static_cast<double>(pass.stack_cpu_ns)));
    }
  }
  conclude(cell);
  return cell;
}

}  // namespace hopcost::test
