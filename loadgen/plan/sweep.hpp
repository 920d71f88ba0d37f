#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/error.hpp"

namespace hopcost::loadgen {

/// Several runs, one load after another.
struct Plan {
  enum class Kind {
    none,
    users,    ///< closed loops at these concurrencies
    rates,    ///< open loops at these rates
    between,  ///< one user, as fast as it goes, then rates evenly between the two
    search    ///< the highest rate that meets the service level
  };
  Kind kind = Kind::none;
  std::vector<double> values;  ///< concurrencies or rates, ascending; of a search its bounds
  int levels = 0;              ///< of `between`, 3 or more

  [[nodiscard]] std::string text() const;
};

/// "concurrency=1,2,4,8", "rate=10/s,100/s", or "between=10".
[[nodiscard]] Result<Plan> parse_sweep(std::string_view text);
/// "10/s-2000/s".
[[nodiscard]] Result<Plan> parse_search(std::string_view text);

}  // namespace hopcost::loadgen
