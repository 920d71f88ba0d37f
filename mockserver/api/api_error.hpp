#pragma once

#include <string>

namespace hopcost::mockserver {

/// A refusal as OpenAI's API words it. Empty `param` and `code` are sent as null.
struct ApiError {
  int status = 400;
  std::string message;
  std::string param = {};
  std::string code = {};
  std::string type = "invalid_request_error";

  /// {"error": {"message", "type", "param", "code"}}: all four keys, always valid UTF-8.
  [[nodiscard]] std::string body() const;
};

}  // namespace hopcost::mockserver
