#pragma once

#include "common/clock.hpp"
#include "common/histogram.hpp"

namespace hopcost::mockserver {

/// What was intended of timed writes, and what was achieved; in nanoseconds. Achieved is the moment
/// just before the write. One thread.
struct PacingTally {
  struct Times {
    Histogram intended;
    Histogram achieved;

    void record(Nanos intended_ns, Nanos achieved_ns) {
      intended.record(intended_ns);
      achieved.record(achieved_ns);
    }
    void merge(const Times& other) {
      intended.merge(other.intended);
      achieved.merge(other.achieved);
    }
  };

  Histogram lateness;  ///< from the deadline to the write, of every timed write
  Times first;         ///< from a request's last byte to its first token, or to the whole reply
  Times gap;           ///< between two writes of tokens of one stream

  void merge(const PacingTally& other) {
    lateness.merge(other.lateness);
    first.merge(other.first);
    gap.merge(other.gap);
  }
};

}  // namespace hopcost::mockserver
