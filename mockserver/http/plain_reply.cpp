#include "mockserver/http/plain_reply.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace hopcost::mockserver {
namespace {

using nlohmann::json;

/// When these models were made, as far as anybody is told.
constexpr std::int64_t kModelCreated = 1'700'000'000;

template <class Text>
json model_object(const Text& model) {
  return {{"id", model}, {"object", "model"}, {"created", kModelCreated}, {"owned_by", "hopcost"}};
}

/// Names and messages may come from a request and be any bytes.
PlainReply json_reply_of(const json& value) {
  return json_reply(value.dump(-1, ' ', false, json::error_handler_t::replace));
}

}  // namespace

PlainReply json_reply(std::string body) {
  return {200, "application/json", std::move(body), ""};
}

PlainReply error_reply(const ApiError& error) {
  return {error.status, "application/json", error.body(), ""};
}

PlainReply unknown_path_reply(const std::string& method_and_target) {
  return error_reply({404, fmt::format("There is nothing at this path: {}.", method_and_target), "",
                      "unknown_url"});
}

PlainReply wrong_method_reply(std::string_view allow) {
  auto reply = error_reply(
      {405, fmt::format("This path answers only to {}.", allow), "", "method_not_allowed"});
  reply.lines = fmt::format("Allow: {}\r\n", allow);
  return reply;
}

PlainReply options_reply(std::string_view allow, bool cors) {
  PlainReply reply{204, "", "", fmt::format("Allow: {}, OPTIONS\r\n", allow)};
  if (cors) {
    reply.lines += fmt::format(
        "Access-Control-Allow-Methods: {}, OPTIONS\r\nAccess-Control-Allow-Headers: "
        "Authorization, *\r\nAccess-Control-Max-Age: 86400\r\n",
        allow);
  }
  return reply;
}

ApiError unknown_model(std::string_view model) {
  return {404, fmt::format("There is no model named '{}' here.", model), "model",
          "model_not_found"};
}

PlainReply health_reply() {
  return json_reply_of({{"status", "ok"}});
}

PlainReply models_reply(const std::vector<std::string_view>& names) {
  auto data = json::array();
  for (const auto name : names) data.push_back(model_object(name));
  return json_reply_of({{"object", "list"}, {"data", std::move(data)}});
}

PlainReply model_reply(const std::string& model, bool known) {
  return known ? json_reply_of(model_object(model)) : error_reply(unknown_model(model));
}

}  // namespace hopcost::mockserver
