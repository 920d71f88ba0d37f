#pragma once

#include <string>

#include "common/cpu.hpp"

namespace hopcost::overhead {

/// Which CPUs each part of a measurement runs on. Empty sets: anywhere.
struct Placement {
  CpuSet generator;
  CpuSet backend;
  CpuSet stack;
  bool spin = true;      ///< the generator has a CPU of its own and may poll without sleeping
  bool disjoint = true;  ///< no CPU serves two parts
  std::string note;      ///< in words, for the report
  /// Why the parts cannot have had the CPUs they were promised, so that no figure counts; empty:
  /// they could.
  std::string overcommitted = {};
  int stack_limit = 0;  ///< above 0: CPUs that the stack may use, whatever there is

  [[nodiscard]] int stack_cpus(int machine_cpus) const {
    if (stack_limit > 0) return stack_limit;
    return stack.empty() ? machine_cpus : static_cast<int>(stack.size());
  }
};

/// Generator, backend and stack on disjoint CPUs where there are enough (3 or more); with two, the
/// generator alone on the first, backend and stack together on the second; with one, no pinning and
/// no spinning. `pin` false: nothing is pinned, and the generator spins only where there are 4 or
/// more CPUs.
[[nodiscard]] Placement place(const CpuSet& allowed, bool pin);

}  // namespace hopcost::overhead
