#pragma once

#include <string_view>
#include <vector>

#include "common/error.hpp"
#include "loadgen/schedule/rate_profile.hpp"

namespace hopcost::loadgen {

/// "100/s:10s, 100/s-500/s:30s": one rate for 10 s, then one that grows for 30 s. An Error says
/// which stage is wrong.
[[nodiscard]] Result<std::vector<Stage>> parse_stages(std::string_view text);

/// How long all of them take.
[[nodiscard]] Nanos length_of(const std::vector<Stage>& stages);

}  // namespace hopcost::loadgen
