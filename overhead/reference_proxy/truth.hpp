#pragma once

#include <array>
#include <cstddef>
#include <map>

#include <nlohmann/json_fwd.hpp>

#include "common/clock.hpp"
#include "common/histogram.hpp"

namespace hopcost::reference_proxy {

enum class Cost : std::size_t { add_delay, add_chunk_delay, burn_cpu };

/// What was truly added, by what was asked for, in ns. One per worker, on its thread; copies are
/// merged when somebody asks.
class Truth {
 public:
  void record(Cost cost, Nanos asked, Nanos added);
  void merge(const Truth& other);
  void clear() { *this = Truth(); }

  /// {"add_delay": [{"asked_ns", "count", "mean_ns", "p50_ns", "p99_ns", "max_ns"}, ...],
  ///  "add_chunk_delay": [...], "burn_cpu": [...]}, each list ascending by asked_ns.
  [[nodiscard]] nlohmann::json to_json() const;

 private:
  std::array<std::map<Nanos, Histogram>, 3> by_cost_;
};

}  // namespace hopcost::reference_proxy
