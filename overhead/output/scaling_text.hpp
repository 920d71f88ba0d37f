#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "overhead/scaling/curve.hpp"
#include "overhead/scaling/ratio.hpp"
#include "overhead/scaling/slope.hpp"

namespace hopcost::overhead {

/// Each curve as a table with its diagnosis and its fit, or why there is none; empty without
/// curves.
[[nodiscard]] std::string scaling_table(const std::vector<ScalingCurve>& curves);

/// The same for programs; results/README.md explains the fields.
[[nodiscard]] nlohmann::json scaling_json(const std::vector<ScalingCurve>& curves);

/// A line for each slope; empty without any.
[[nodiscard]] std::string slopes_text(const std::vector<Slope>& slopes);
[[nodiscard]] nlohmann::json slopes_json(const std::vector<Slope>& slopes);

/// A line for each: how few instances of the stack are enough; empty without any.
[[nodiscard]] std::string ratios_text(const std::vector<ReplicaRatio>& ratios);
[[nodiscard]] nlohmann::json ratios_json(const std::vector<ReplicaRatio>& ratios);

}  // namespace hopcost::overhead
