#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mockserver/api/api_error.hpp"

namespace hopcost::mockserver {

/// A reply that was put together at once: errors, models, health, metrics, admin, embeddings.
struct PlainReply {
  int status = 200;
  std::string content_type = "application/json";
  std::string body = {};
  std::string lines = {};  ///< more header lines, each with its CRLF
};

[[nodiscard]] PlainReply json_reply(std::string body);
[[nodiscard]] PlainReply error_reply(const ApiError& error);
[[nodiscard]] PlainReply unknown_path_reply(const std::string& method_and_target);
[[nodiscard]] PlainReply wrong_method_reply(std::string_view allow);
/// 204: what an OPTIONS request is told; `cors`: also that pages of browsers may ask.
[[nodiscard]] PlainReply options_reply(std::string_view allow, bool cors);
[[nodiscard]] ApiError unknown_model(std::string_view model);

[[nodiscard]] PlainReply health_reply();
/// `names` in the order they are listed.
[[nodiscard]] PlainReply models_reply(const std::vector<std::string_view>& names);
/// `known`: whether there is such a model.
[[nodiscard]] PlainReply model_reply(const std::string& model, bool known);

}  // namespace hopcost::mockserver
