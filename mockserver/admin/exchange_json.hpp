#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "mockserver/admin/exchange_log.hpp"

namespace hopcost::mockserver {

/// The decoding half of from_line: throws ErrorException at "`where`: field".
[[nodiscard]] Exchange decode_exchange(const nlohmann::ordered_json& root,
                                       const std::string& where);

}  // namespace hopcost::mockserver
