#include "overhead/plan/placement.hpp"

#include <fmt/format.h>

namespace hopcost::overhead {

Placement place(const CpuSet& allowed, bool pin) {
  Placement placement;
  const auto count = allowed.size();
  if (!pin || count < 2) {
    placement.spin = !pin && count >= 4;
    placement.disjoint = false;
    placement.note = count < 2 ? "one CPU for everything: the generator blocks while idle"
                               : "not pinned: the parts share all CPUs";
    return placement;
  }
  placement.generator = {allowed[0]};
  if (count == 2) {
    placement.backend = placement.stack = {allowed[1]};
    placement.disjoint = false;
    placement.note =
        fmt::format("2 CPUs: generator on {}, backend and stack share {}", allowed[0], allowed[1]);
    return placement;
  }
  // One CPU for the backend, two from 8 on; the stack, which is what is studied, gets the rest.
  const std::size_t backend = count >= 8 ? 2 : 1;
  const auto first = allowed.begin() + 1;
  const auto split = first + static_cast<std::ptrdiff_t>(backend);
  placement.backend.assign(first, split);
  placement.stack.assign(split, allowed.end());
  placement.note = fmt::format("generator on {}, backend on {}, stack on {}", allowed[0],
                               cpu_list_text(placement.backend), cpu_list_text(placement.stack));
  return placement;
}

}  // namespace hopcost::overhead
