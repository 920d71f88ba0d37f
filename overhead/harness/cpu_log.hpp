#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "common/clock.hpp"

namespace hopcost::overhead {

/// CPU time that somebody has used so far, looked at now and then; in the order of time.
class CpuLog {
 public:
  /// `used`: in ns, never less than before (what is, counts as no change).
  void add(Nanos when, Nanos used);

  /// CPUs' worth of work from one moment to another, between two looks as if evenly used; nothing
  /// where the looks do not reach over both.
  [[nodiscard]] std::optional<double> share_between(Nanos from, Nanos to) const;

 private:
  [[nodiscard]] double used_at(Nanos when) const;

  std::vector<std::pair<Nanos, Nanos>> looks_;
};

}  // namespace hopcost::overhead
