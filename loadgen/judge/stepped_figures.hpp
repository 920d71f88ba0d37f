#pragma once

#include <string>

#include "loadgen/judge/figure.hpp"

namespace hopcost::loadgen {

/// Which figures are known while a run goes on.
struct SteppedFigures {
  [[nodiscard]] static bool has(const Figure& figure);
  [[nodiscard]] static std::string names();
};

}  // namespace hopcost::loadgen
