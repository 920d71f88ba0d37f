#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "loadgen/measure/series.hpp"

namespace hopcost::loadgen {

/// The whole seconds [from, to) of a run in which the load was as high as it got.
struct SteadyState {
  std::size_t from = 0;
  std::size_t to = 0;
  double in_flight = 0;       ///< mean over them
  double requests_per_s = 0;  ///< correct replies
  double failures_per_s = 0;

  [[nodiscard]] std::size_t length() const { return to - from; }
};

/// The longest run of whole seconds in which at least 90 % of the upper decile of requests in
/// flight were under way; nothing where that is shorter than three. `whole`: seconds that the
/// window covers.
[[nodiscard]] std::optional<SteadyState> steady_state(const std::vector<Second>& seconds,
                                                      std::size_t whole);

}  // namespace hopcost::loadgen
