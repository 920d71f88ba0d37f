#pragma once

#include <optional>

#include "overhead/estimate/estimate.hpp"

namespace hopcost::overhead {

struct Cell;

/// What a stack says of its own overhead beside what was measured, in ns.
///
/// `reported` is the median time that it states, where that is its own; of a time upstream the
/// stack's headline minus it, of a total time that minus the baseline's headline. `unexplained` is
/// the measured overhead minus `reported`, restart by restart: what the stack's own clock does not
/// see, or books elsewhere.
struct SelfReport {
  Estimate reported;
  Estimate unexplained;
};

/// Nothing where the stack states no time, or in too few restarts.
[[nodiscard]] std::optional<SelfReport> self_report(const Cell& cell);

}  // namespace hopcost::overhead
