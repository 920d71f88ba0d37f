#include "loadgen/exchange/utf8.hpp"

#include <nlohmann/json.hpp>

namespace hopcost::loadgen {

std::string valid_utf8(std::string_view text) {
  const nlohmann::json json(text);
  return nlohmann::json::parse(json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace))
      .get<std::string>();
}

}  // namespace hopcost::loadgen
