#pragma once

#include "overhead/harness/harness.hpp"
#include "overhead/measure/pass.hpp"

namespace hopcost::overhead {

/// Drives passes with a harness instead of loadgen: its files are written into a folder of the
/// pass's own, its command runs to its end on the generator's CPUs, and what it states is read
/// back. Of one server, in a closed loop; other passes, headers that a stack's clients send, and a
/// harness that fails, or twice does not end, are Errors. Its CPU time, start included, is the
/// generator's; its busy share is of the time between its first request and its last reply where it
/// says when they were.
[[nodiscard]] Driver driver_of(Harness harness);

}  // namespace hopcost::overhead
