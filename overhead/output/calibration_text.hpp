#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "overhead/measure/calibration.hpp"

namespace hopcost::overhead {

/// Every known cost, what was made of it, and whether the machine was good enough to say.
[[nodiscard]] std::string calibration_table(const Calibration& calibration);
/// The same for programs; results/README.md explains the fields.
[[nodiscard]] nlohmann::json calibration_json(const Calibration& calibration);

}  // namespace hopcost::overhead
