#include "mockserver/api/api_error.hpp"

#include <nlohmann/json.hpp>

namespace hopcost::mockserver {

std::string ApiError::body() const {
  using nlohmann::json;
  const auto text_or_null = [](const std::string& text) {
    return text.empty() ? json(nullptr) : json(text);
  };
  const json object{{"error",
                     {{"message", message},
                      {"type", type},
                      {"param", text_or_null(param)},
                      {"code", text_or_null(code)}}}};
  // Parts of a message may come from a request and be any bytes.
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace hopcost::mockserver
