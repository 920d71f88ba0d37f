#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "common/clock.hpp"

namespace hopcost::loadgen {

/// A part of a run with one rate, or with one that changes evenly from its beginning to its end.
struct Stage {
  Nanos duration = 0;     ///< above 0
  double from_per_s = 0;  ///< at least 0
  double to_per_s = 0;    ///< at least 0

  bool operator==(const Stage&) const = default;
};

/// How many arrivals are expected up to each moment of a run, and when how many are. Pure
/// arithmetic: times count from the run's beginning.
class RateProfile {
 public:
  /// The same rate, above 0, for ever.
  explicit RateProfile(double rate_per_s);
  /// One stage after another; at least one.
  explicit RateProfile(const std::vector<Stage>& stages);

  /// When `count` arrivals are expected to have come; nothing where they never are.
  [[nodiscard]] std::optional<Nanos> time_of(double count) const;
  /// How many are expected before `time`.
  [[nodiscard]] double expected(Nanos time) const;
  /// All of them; infinite for a rate that never ends.
  [[nodiscard]] double total() const { return total_; }

 private:
  struct Part {
    double begin_s;
    double length_s;  ///< infinite for a rate that never ends
    double from_per_s;
    double to_per_s;
    double before;  ///< arrivals expected before it

    [[nodiscard]] double expected(double seconds) const;
    [[nodiscard]] double time_of(double count) const;
  };

  std::vector<Part> parts_;
  double total_ = 0;
};

}  // namespace hopcost::loadgen
