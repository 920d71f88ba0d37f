#pragma once

#include <optional>

#include "common/cpu.hpp"
#include "overhead/reference_proxy/reference_proxy.hpp"

namespace hopcost::reference_proxy {

/// What the program was asked to do.
struct Program {
  Options proxy;
  CpuSet cpus;  ///< to run on; empty: wherever the kernel likes
};

/// Reads the command line into `program`; an exit code when the program should end at once.
[[nodiscard]] std::optional<int> read_options(int argc, const char* const* argv, Program& program);

}  // namespace hopcost::reference_proxy
