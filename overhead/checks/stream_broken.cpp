#include <fmt/format.h>

#include "overhead/checks/check.hpp"

namespace hopcost::overhead {

// Chunks missing, repeated, reordered or altered; or stamps that the backend set and the stack
// lost.
CheckResult check_stream_broken(const Cell& cell) {
  CheckResult result{.code = "stream_broken", .blocking = true, .evidence = ""};
  const auto kind = static_cast<std::size_t>(loadgen::Failure::broken_stream);
  std::uint64_t broken = 0;
  std::uint64_t unstamped = 0;
  bool stamps = false;  // whether the backend answers with any
  std::string sample;
  for (const auto& pass : cell.passes) {
    broken += pass.counters.failures[kind];
    if (sample.empty()) sample = pass.failure_samples[kind];
    stamps = stamps || pass.counters.stamped > 0;
    if (pass.through_stack) unstamped += pass.counters.ok - pass.counters.stamped;
  }
  result.checked = stamps;
  result.fired = broken > 0 || (stamps && unstamped > 0);
  if (broken > 0) {
    result.evidence = fmt::format("{} broken answers; first: {}", broken, sample);
  } else if (!stamps) {
    result.evidence = "no stamps came back: only the form of each stream was checked";
  } else if (unstamped > 0) {
    result.evidence = fmt::format(
        "{} answers came through the stack without the stamps that were sent", unstamped);
  }
  return result;
}

}  // namespace hopcost::overhead
