#pragma once

#include <optional>
#include <span>
#include <vector>

#include "common/clock.hpp"
#include "overhead/plan/experiment.hpp"

namespace hopcost::overhead {

/// After how many restarts a stand-up's intervals are looked at, so that one whose cells are told
/// apart from nothing needs no more. Each interval is made at a level at which all the looks
/// together are wrong no more often than one at 95 % (Bonferroni).
struct Looks {
  std::vector<int> after;  ///< rising; the last is every restart

  [[nodiscard]] double level() const;
  [[nodiscard]] bool has(int restarts) const;
};

/// One, at the end; or, where restarts may be spared, at 40 %, 60 % and all of them, never fewer
/// than 4.
[[nodiscard]] Looks looks_at(int restarts, bool may_stop_early);

/// How far a stand-up is.
struct StandupProgress {
  int restarts = 0;    ///< done
  Nanos longest = 0;   ///< of them, in ns
  bool ended = false;  ///< needs no more, or broke
};

/// Whose restart comes next: the one with the fewest that still wants one and whose next is likely
/// to end within `left` ns (nothing: time does not matter). The first restart of a stand-up is
/// taken to be as long as the longest of any. Nothing: all is done that can be.
[[nodiscard]] std::optional<std::size_t> next_standup(std::span<const StandupProgress> standups,
                                                      int restarts, std::optional<Nanos> left);

/// The pass length, in ns, with which every stand-up is likely to have 4 restarts within the
/// experiment's time budget: at most the experiment's own, at least 100 ms. The costs besides are
/// taken to be those of a stack that starts within a second.
[[nodiscard]] Nanos affordable_pass(const Experiment& experiment,
                                    std::span<const StandupPlan> plans);

}  // namespace hopcost::overhead
