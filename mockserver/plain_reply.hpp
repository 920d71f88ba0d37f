#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mockserver/api/api_error.hpp"
#include "mockserver/response_plan.hpp"

namespace hopcost::mockserver {

/// A reply that is not worth preparing: errors, models, health, metrics, admin.
struct PlainReply {
  int status = 200;
  std::string content_type = "application/json";
  std::string body = {};
  std::string allow = {};  ///< of a 405
};

/// What the head needs to know besides.
struct PlainReplyHead {
  std::string_view date;
  std::string_view request_id;
  ConnectionField connection = ConnectionField::none;
  bool without_body = false;  ///< the answer to HEAD
};

void append_plain_reply(std::string& out, const PlainReply& reply, const PlainReplyHead& head);

[[nodiscard]] PlainReply error_reply(const ApiError& error);
[[nodiscard]] PlainReply unknown_path_reply(const std::string& method_and_target);
[[nodiscard]] PlainReply wrong_method_reply(std::string_view allow);
[[nodiscard]] ApiError unknown_model(std::string_view model);

[[nodiscard]] PlainReply health_reply();
[[nodiscard]] PlainReply models_reply(const std::vector<std::string>& models);
[[nodiscard]] PlainReply model_reply(const std::vector<std::string>& models,
                                     const std::string& model);

}  // namespace hopcost::mockserver
