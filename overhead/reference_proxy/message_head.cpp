#include "overhead/reference_proxy/message_head.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/status.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace hopcost::reference_proxy {
namespace {

boost::beast::string_view beast_view(std::string_view s) {
  return {s.data(), s.size()};
}

bool same_text(std::string_view a, std::string_view b) {
  return boost::beast::iequals(beast_view(a), beast_view(b));
}

bool starts_with_text(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && same_text(text.substr(0, prefix.size()), prefix);
}

bool hop_by_hop(http::field field, std::string_view name) {
  switch (field) {
    case http::field::connection:
    case http::field::keep_alive:
    case http::field::transfer_encoding:
    case http::field::upgrade:
    case http::field::te:
    case http::field::trailer:
    case http::field::content_length:
      return true;
    default:
      return starts_with_text(name, "Proxy-");
  }
}

}  // namespace

void HeadFields::add(http::field field, std::string_view name, std::string_view value) {
  if (field == http::field::transfer_encoding && !same_text(value, "chunked")) {
    unknown_coding_ = true;
  }
  if (field == http::field::connection) {
    if (!named_.empty()) named_ += ',';
    named_.append(value);
  }
  if (hop_by_hop(field, name) || too_large()) return;
  text_.append(name).append(": ").append(value).append("\r\n");
}

void HeadFields::finish() {
  if (named_.empty()) return;
  for (const auto token : http::token_list(beast_view(named_))) {
    const std::string_view name(token.data(), token.size());
    if (same_text(name, "close") || same_text(name, "keep-alive")) continue;
    for (std::size_t line = 0; line < text_.size();) {
      const auto end = text_.find("\r\n", line) + 2;
      const auto colon = text_.find(':', line);
      if (same_text(std::string_view(text_).substr(line, colon - line), name)) {
        text_.erase(line, end - line);
      } else {
        line = end;
      }
    }
  }
}

void HeadFields::clear() {
  text_.clear();
  named_.clear();
  unknown_coding_ = false;
}

void RequestHead::begin(const Injection& defaults) {
  constexpr std::size_t kKeep = 1U << 20U;
  method.clear();
  target.clear();
  body.clear();
  if (body.capacity() > kKeep) body.shrink_to_fit();
  fields.clear();
  injection = defaults;
  bad_override.reset();
  complete = false;
  expects_continue = false;
  is_head = false;
}

void RequestHead::on_request(http::verb verb, std::string_view name, std::string_view path) {
  is_head = verb == http::verb::head;
  method.assign(name);
  target.assign(path);
}

void RequestHead::on_field(http::field field, std::string_view name, std::string_view value) {
  if (complete) return;  // a trailer
  if (field == http::field::host) return;
  if (field == http::field::expect) {
    if (same_text(value, "100-continue")) {
      expects_continue = true;  // answered here: the body is held whole before it goes on
      return;
    }
  }
  const auto ours = apply_override(injection, name, value);
  if (!ours) {
    if (!bad_override) bad_override = ours.error();
    return;
  }
  if (!*ours) fields.add(field, name, value);
}

void RequestHead::on_header() {
  fields.finish();
  complete = true;
}

void ResponseHead::begin() {
  status = 0;
  fields.clear();
  complete = false;
  event_stream = false;
  body.clear();
  body_size = 0;
}

void ResponseHead::on_field(http::field field, std::string_view name, std::string_view value) {
  if (complete) return;  // a trailer
  if (field == http::field::content_type) {
    event_stream = starts_with_text(value, "text/event-stream");
  }
  fields.add(field, name, value);
}

void ResponseHead::on_header() {
  fields.finish();
  complete = true;
}

std::string request_head_text(const RequestHead& request, std::string_view host, bool with_length) {
  std::string text;
  text.reserve(request.method.size() + request.target.size() + host.size() +
               request.fields.text().size() + 64);
  text.append(request.method).append(" ").append(request.target).append(" HTTP/1.1\r\nHost: ");
  text.append(host).append("\r\n").append(request.fields.text());
  if (with_length) {
    fmt::format_to(std::back_inserter(text), "Content-Length: {}\r\n", request.body.size());
  }
  text.append("\r\n");
  return text;
}

void append_status_line(std::string& out, int status) {
  const auto known = http::int_to_status(static_cast<unsigned>(status));
  const auto reason = http::obsolete_reason(known);
  fmt::format_to(std::back_inserter(out), "HTTP/1.1 {} {}\r\n", status,
                 known == http::status::unknown ? std::string_view()
                                                : std::string_view(reason.data(), reason.size()));
}

std::string error_body(std::string_view message, std::string_view type, std::string_view param,
                       std::string_view code) {
  nlohmann::json error{{"message", message}, {"type", type}, {"param", nullptr}, {"code", code}};
  if (!param.empty()) error["param"] = param;
  // A header value is echoed, and need not be UTF-8.
  return nlohmann::json{{"error", std::move(error)}}.dump(-1, ' ', false,
                                                          nlohmann::json::error_handler_t::replace);
}

}  // namespace hopcost::reference_proxy
