#include "mockserver/plain_reply.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace hopcost::mockserver {
namespace {

using nlohmann::json;

/// When these models were made, as far as anybody is told.
constexpr std::int64_t kModelCreated = 1'700'000'000;

std::string_view reason(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 413:
      return "Content Too Large";
    case 417:
      return "Expectation Failed";
    case 431:
      return "Request Header Fields Too Large";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Unknown";
  }
}

json model_object(const std::string& model) {
  return {{"id", model}, {"object", "model"}, {"created", kModelCreated}, {"owned_by", "hopcost"}};
}

PlainReply json_reply(const json& value) {
  return {200, "application/json", value.dump(-1, ' ', false, json::error_handler_t::replace), ""};
}

}  // namespace

void append_plain_reply(std::string& out, const PlainReply& reply, const PlainReplyHead& head) {
  fmt::format_to(std::back_inserter(out),
                 "HTTP/1.1 {} {}\r\nDate: {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n"
                 "x-request-id: req_{}\r\n",
                 reply.status, reason(reply.status), head.date, reply.content_type,
                 reply.body.size(), head.request_id);
  if (!reply.allow.empty()) {
    fmt::format_to(std::back_inserter(out), "Allow: {}\r\n", reply.allow);
  }
  out += connection_line(head.connection);
  out += "\r\n";
  if (!head.without_body) out += reply.body;
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
  reply.allow = allow;
  return reply;
}

ApiError unknown_model(std::string_view model) {
  return {404, fmt::format("There is no model named '{}' here.", model), "model",
          "model_not_found"};
}

PlainReply health_reply() {
  return json_reply({{"status", "ok"}});
}

PlainReply models_reply(const std::vector<std::string>& models) {
  auto data = json::array();
  for (const auto& model : models) data.push_back(model_object(model));
  return json_reply({{"object", "list"}, {"data", std::move(data)}});
}

PlainReply model_reply(const std::vector<std::string>& models, const std::string& model) {
  if (std::ranges::find(models, model) == models.end()) return error_reply(unknown_model(model));
  return json_reply(model_object(model));
}

}  // namespace hopcost::mockserver
