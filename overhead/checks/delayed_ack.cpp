#include "overhead/checks/delayed_ack.hpp"

#include <fmt/format.h>

#include "common/units.hpp"
#include "overhead/checks/check.hpp"

namespace hopcost::overhead {
namespace {

constexpr double kLeast = 38e6;  // ns above the baseline
constexpr double kMost = 60e6;   // the same
constexpr double kCores = 0.5;   // below: idle
constexpr double kTaken = 30e6;  // ns that acknowledging at once must take away

std::optional<double> added(const Cell& cell) {
  const auto ours = arm_level(cell, cell.contrast.ours, cell.headline());
  const auto theirs = arm_level(cell, cell.contrast.theirs, cell.headline());
  return ours && theirs ? std::optional(*ours - *theirs) : std::nullopt;
}

/// CPUs' worth of work by the stack, in the median pass; nothing where its processes are not known.
std::optional<double> stack_cores(const Cell& cell) {
  std::vector<double> cores;
  for (const auto& pass : cell.passes) {
    if (pass.arm != cell.contrast.ours || pass.stack_cpu_ns == 0 || pass.measured_ns == 0) continue;
    cores.push_back(static_cast<double>(pass.stack_cpu_ns) / static_cast<double>(pass.measured_ns));
  }
  return cores.empty() ? std::nullopt : std::optional(median(cores));
}

}  // namespace

bool delayed_ack_suspected(const Cell& cell) {
  const auto difference = added(cell);
  const auto cores = stack_cores(cell);
  return cell.asked.load == Load::latency && difference && *difference >= kLeast &&
         *difference <= kMost && cores && *cores < kCores;
}

// The stack writes a reply in two pieces without TCP_NODELAY: the second waits for the client's
// acknowledgement of the first, which is late by design. A client that acknowledges at once shows
// it; no counted pass has such a client, since it would hide the cost.
CheckResult check_delayed_ack(const Cell& cell) {
  CheckResult result{.code = "delayed_ack", .blocking = false, .evidence = ""};
  const auto ours = arm_level(cell, cell.contrast.ours, cell.headline());
  if (!ours || !stack_cores(cell)) {
    result.checked = false;
    return result;
  }
  const bool suspected = delayed_ack_suspected(cell);
  if (!suspected || !cell.acknowledged_ns) {
    result.checked = !suspected;
    result.evidence =
        suspected ? "suspected, and no probe was made"
                  : fmt::format("{} above the baseline", format_duration(added(cell).value_or(0)));
    return result;
  }
  result.fired = *ours - *cell.acknowledged_ns >= kTaken;
  result.evidence = fmt::format(
      "{} {}, {} with a client that acknowledges at once; the stack uses {:.2f} of a "
      "CPU: it writes a reply in pieces without TCP_NODELAY",
      cell.headline(), format_duration(*ours), format_duration(*cell.acknowledged_ns),
      *stack_cores(cell));
  return result;
}

}  // namespace hopcost::overhead
