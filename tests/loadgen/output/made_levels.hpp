#pragma once

#include "loadgen/record.hpp"

namespace hopcost::loadgen::test {

/// Two stages of 2 s at 100/s and 200/s, streams of 10 tokens: 200 and 396 replies, 4 of 503 in the
/// second, four seconds, and a row of each kind.
[[nodiscard]] RunRecord made_levels();

}  // namespace hopcost::loadgen::test
