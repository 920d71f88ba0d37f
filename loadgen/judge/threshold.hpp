#pragma once

#include <string>
#include <string_view>

#include "loadgen/judge/figure.hpp"

namespace hopcost::loadgen {

/// "FIGURE > VALUE", also with >=, < and <=: a statement about a run that is true or not.
struct Threshold {
  enum class Is { above, at_least, below, at_most };

  Figure figure;
  Is is = Is::above;
  double bound = 0;  ///< in the figure's unit
  std::string text;  ///< as it was stated, without blanks

  [[nodiscard]] bool is_true_of(double value) const;
};

/// An Error says what of it is wrong.
[[nodiscard]] Result<Threshold> parse_threshold(std::string_view text);

}  // namespace hopcost::loadgen
