#pragma once

#include <nlohmann/json_fwd.hpp>

#include "overhead/estimate/cell.hpp"
#include "overhead/output/json_field.hpp"

namespace hopcost::overhead {

/// One entry of `passes` in run.json; results/README.md explains the fields.
[[nodiscard]] nlohmann::json pass_json(const PassRecord& pass);

/// What pass_json() wrote, all of it. Throws ErrorException, which names the field.
[[nodiscard]] PassRecord pass_from(const JsonField& field);

}  // namespace hopcost::overhead
