#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "mockserver/fault/fault_plan.hpp"

namespace hopcost::mockserver {
namespace {

struct Row {
  int status;
  std::string_view type;
  std::string_view code;  // empty: null
  std::string_view message;
};

constexpr std::string_view kInvalid = "invalid_request_error";
constexpr std::string_view kServer = "server_error";

// Types and codes as OpenAI's API sends them; 529 is what Anthropic's sends when overloaded.
constexpr std::array kRows{
    Row{400, kInvalid, "", "The request was malformed (injected fault)."},
    Row{401, kInvalid, "invalid_api_key", "Incorrect API key provided (injected fault)."},
    Row{402, "insufficient_quota", "insufficient_quota", "Payment is required (injected fault)."},
    Row{403, "permission_error", "permission_denied",
        "You have no permission for this resource (injected fault)."},
    Row{404, kInvalid, "model_not_found",
        "The model does not exist or you have no access to it (injected fault)."},
    Row{405, kInvalid, "method_not_supported", "This method is not allowed (injected fault)."},
    Row{408, kInvalid, "request_timeout", "The request took too long to arrive (injected fault)."},
    Row{409, kInvalid, "conflict", "The resource was changed by another request (injected fault)."},
    Row{413, kInvalid, "request_too_large", "The request is too large (injected fault)."},
    Row{415, kInvalid, "unsupported_media_type", "The content type is unknown (injected fault)."},
    Row{422, kInvalid, "unprocessable_entity",
        "The request was well formed but could not be followed (injected fault)."},
    Row{429, "requests", "rate_limit_exceeded",
        "Rate limit reached for requests; try again later (injected fault)."},
    Row{500, kServer, "", "The server had an error while processing the request (injected fault)."},
    Row{502, kServer, "bad_gateway", "The server behind the gateway failed (injected fault)."},
    Row{503, kServer, "overloaded", "The server is overloaded; try again later (injected fault)."},
    Row{504, kServer, "gateway_timeout", "The server behind the gateway is late (injected fault)."},
    Row{529, "overloaded_error", "overloaded", "The server is overloaded (injected fault)."},
};

}  // namespace

ApiError error_for_status(int status) {
  const auto row = std::ranges::find(kRows, status, &Row::status);
  ApiError error;
  error.status = status;
  if (row != kRows.end()) {
    error.type = row->type;
    error.code = row->code;
    error.message = row->message;
  } else {
    error.type = status >= 500 ? kServer : kInvalid;
    error.message = fmt::format("The request failed with status {} (injected fault).", status);
  }
  return error;
}

ApiError error_for_status(int status, std::string_view code) {
  ApiError error = error_for_status(status);
  if (code.empty()) return error;
  error.code = code;
  if (code == "insufficient_quota") {
    error.type = code;
    error.message = "You exceeded your current quota (injected fault).";
  }
  return error;
}

}  // namespace hopcost::mockserver
