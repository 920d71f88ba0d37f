#pragma once

#include <map>
#include <string>

#include "overhead/estimate/cell.hpp"

namespace hopcost::test {

/// What the passes of a made-up, healthy cell look like; a test spoils one thing.
struct CellShape {
  overhead::Mode mode = overhead::Mode::unary;
  int restarts = 5;
  double baseline_ns = 2e6;
  double stack_ns = 2.05e6;  ///< 50 us more
};

/// A cell with passes of all three arms in two rounds a restart, not yet concluded.
[[nodiscard]] inline overhead::Cell healthy_cell(const CellShape& shape = {}) {
  using namespace hopcost::overhead;
  Cell cell;
  cell.standup.stack = "made-up";
  cell.asked.mode = shape.mode;
  cell.id = cell_id(cell.standup, {1, shape.mode});
  cell.ceiling = {20'000, 200'000};
  cell.workers = {true, 1, {1}, "threads named 'w...'"};
  cell.placement.disjoint = true;
  const bool stream = shape.mode == Mode::stream;
  for (int restart = 0; restart < shape.restarts; ++restart) {
    for (int round = 0; round < 2; ++round) {
      const double jitter = 300.0 * (restart % 3) + 100.0 * round;
      for (const char* arm : {kBaseline, kBaseline2, kStack}) {
        PassRecord pass;
        pass.arm = arm;
        pass.through_stack = pass.arm == kStack;
        pass.restart = restart;
        pass.round = round;
        const double value = (pass.through_stack ? shape.stack_ns + jitter : shape.baseline_ns) +
                             (pass.arm == kBaseline2 ? jitter - 250 : 0.0);
        pass.quantities = {{headline(shape.mode), value}, {"requests_per_s", 450}};
        if (stream) {
          pass.quantities[kPerChunk] = pass.through_stack ? 32e3 : 12e3;
          pass.quantities["chunks_per_s"] = 7000;
        }
        pass.counters.sent = pass.counters.ok = pass.counters.stamped = 100;
        pass.counters.requests_total = 110;
        pass.counters.timely_reads = stream ? 1000 : 0;
        pass.counters.timely_events = stream ? 1000 : 0;
        pass.generator_busy_share = 0.1;
        pass.sees_backend = pass.knows_others = true;
        pass.backend_requests = 110;
        pass.backend_chunks = stream ? 1760 : 0;
        if (pass.through_stack) {
          pass.stack_cpu_ns = 110 * 60'000;
          pass.deferred_cpu_ns = 50'000;
          pass.quantities[kCpuPerRequest] = 60'000;
          if (stream) pass.quantities[kCpuPerChunk] = 60'000 * 110 / 1760.0;
        }
        cell.passes.push_back(std::move(pass));
      }
    }
  }
  return cell;
}

/// The same passes as of two builds, `base` and `head`; a build's CPU per request is 60 us.
[[nodiscard]] inline overhead::Cell compared_builds(const CellShape& shape = {}) {
  using namespace hopcost::overhead;
  Cell cell = healthy_cell(shape);
  cell.contrast = {kHead, kBase, ""};
  std::erase_if(cell.passes, [](const PassRecord& pass) { return pass.arm == kBaseline2; });
  for (auto& pass : cell.passes) {
    pass.arm = pass.through_stack ? kHead : kBase;
    pass.through_stack = true;
    pass.stack_cpu_ns = 110 * 60'000;
    pass.quantities["cpu_per_request"] = 60e3 + 100.0 * (pass.restart % 3) + 50.0 * pass.round;
  }
  return cell;
}

/// Concludes the cell and returns its checks by code.
[[nodiscard]] inline std::map<std::string, overhead::CheckResult> checks_of(overhead::Cell& cell) {
  conclude(cell);
  std::map<std::string, overhead::CheckResult> by_code;
  for (const auto& check : cell.checks) by_code[check.code] = check;
  return by_code;
}

}  // namespace hopcost::test
