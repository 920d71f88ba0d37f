#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/cpu.hpp"
#include "overhead/plan/placement.hpp"

namespace hopcost::overhead {

/// What of a machine decides how small an overhead can be told on it.
struct MachineState {
  MachineFacts facts;
  int allowed_cpus = 0;  ///< that this process may run on
  Placement placement;
  long open_files = 0;           ///< descriptors a process may have
  long local_ports = 0;          ///< for connections to one address
  double busy_share = 0;         ///< CPUs' worth of work by others, over a second
  double stolen_share = 0;       ///< CPUs' worth taken by the host
  std::vector<int> taken_ports;  ///< of those that the examples use
  std::optional<double>
      noise_floor_ns;  ///< median of a few intervals of the backend against itself
};

/// One thing that was looked at.
struct Finding {
  bool good = true;
  std::string topic;
  std::string found;
  std::string advice;  ///< empty where it is good
};

[[nodiscard]] std::vector<Finding> findings_of(const MachineState& state);

/// Looks at this machine for about a second; the noise floor is not part of it.
[[nodiscard]] MachineState look_at_machine();

}  // namespace hopcost::overhead
