#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/clock.hpp"
#include "common/error.hpp"

namespace hopcost {

/// Logical CPUs by number, ascending.
using CpuSet = std::vector<int>;

/// The CPUs this process may run on.
[[nodiscard]] CpuSet allowed_cpus();

/// Pins the calling thread (and what it creates later) to `cpus`; an empty set changes nothing.
Result<void> pin_current_thread(const CpuSet& cpus);

/// "0-3,8" as the kernel and taskset write it, both ways.
[[nodiscard]] std::string cpu_list_text(const CpuSet& cpus);
[[nodiscard]] Result<CpuSet> parse_cpu_list(std::string_view text);

/// Time the machine's CPUs have spent, summed over CPUs, since boot (10 ms steps: /proc/stat).
struct MachineCpu {
  Nanos busy_ns = 0;   ///< everything that is not idle, waiting for disks, or stolen
  Nanos steal_ns = 0;  ///< wanted by us, given to another guest by the host
};
[[nodiscard]] MachineCpu read_machine_cpu();

/// Pressure stall information: how long, since boot, at least one task of the machine has waited
/// for a CPU, for storage, for memory.
struct Pressure {
  Nanos cpu_ns = 0;
  Nanos io_ns = 0;
  Nanos memory_ns = 0;
};
/// Nothing where the kernel keeps none (/proc/pressure).
[[nodiscard]] std::optional<Pressure> read_pressure();

/// What a result must say about the machine it was measured on.
struct MachineFacts {
  std::string cpu_model;
  int cpus = 0;
  std::string kernel;
  std::string governor;  ///< "unknown" where the kernel shows none
  std::string clock_source;
  double memory_gib = 0;
};
[[nodiscard]] MachineFacts read_machine_facts();

}  // namespace hopcost
