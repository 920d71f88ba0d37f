#include "mockserver/admin/exchange_log.hpp"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "common/base64.hpp"
#include "mockserver/admin/exchange_json.hpp"
#include "mockserver/api/body.hpp"

namespace hopcost::mockserver {
namespace {

using nlohmann::ordered_json;

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

/// Every byte as the code point of the same number, in UTF-8.
std::string from_latin1(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      text += c;
    } else {
      text += static_cast<char>(0xc0U | byte >> 6U);
      text += static_cast<char>(0x80U | (byte & 0x3fU));
    }
  }
  return text;
}

void put_body(ordered_json& object, const std::string& body) {
  if (simdjson::validate_utf8(body.data(), body.size())) {
    object["body"] = body;
  } else {
    std::string text;
    append_base64(text, body);
    object["body_base64"] = std::move(text);
  }
}

ordered_json headers_json(const HeaderFields& headers) {
  auto list = ordered_json::array();
  for (const auto& [name, value] : headers) {
    list.push_back(ordered_json::array(
        {from_latin1(name), is_secret_header(name) ? std::string(kRedacted) : from_latin1(value)}));
  }
  return list;
}

ordered_json request_json(const Exchange& exchange) {
  ordered_json request{{"method", from_latin1(exchange.method)},
                       {"target", from_latin1(without_secrets(exchange.target))},
                       {"headers", headers_json(exchange.headers)}};
  put_body(request, exchange.body);
  return request;
}

ordered_json response_json(const Exchange& exchange) {
  ordered_json response{{"status", exchange.status},
                        {"headers", headers_json(exchange.reply_headers)}};
  if (const auto* body = std::get_if<std::string>(&exchange.reply)) {
    put_body(response, *body);
    return response;
  }
  auto pieces = ordered_json::array();
  for (const auto& piece : std::get<std::vector<ReplyPiece>>(exchange.reply)) {
    ordered_json object{{"after_ns", piece.after_ns}};
    put_body(object, piece.bytes);
    pieces.push_back(std::move(object));
  }
  response["pieces"] = std::move(pieces);
  return response;
}

}  // namespace

bool is_secret_header(std::string_view name) {
  constexpr std::array<std::string_view, 4> kNames{"authorization", "proxy-authorization", "cookie",
                                                   "set-cookie"};
  constexpr std::array<std::string_view, 4> kEnds{"api-key", "-token", "-secret",
                                                  "subscription-key"};
  const std::string lowered = lower(name);
  return std::ranges::find(kNames, lowered) != kNames.end() ||
         std::ranges::any_of(kEnds, [&](std::string_view end) { return lowered.ends_with(end); });
}

std::string without_secrets(std::string_view target) {
  constexpr std::array<std::string_view, 5> kNames{"key", "api-key", "api_key", "access_token",
                                                   "token"};
  const std::size_t query = target.find('?');
  if (query == std::string_view::npos) return std::string(target);
  std::string out(target.substr(0, query));
  std::string_view rest = target.substr(query);
  while (!rest.empty()) {
    // `rest` starts with the ? or & before a parameter.
    const std::string_view parameter = rest.substr(0, rest.find('&', 1));
    rest.remove_prefix(parameter.size());
    const std::string_view name = parameter.substr(1, parameter.find('=') - 1);
    if (name.size() + 1 < parameter.size() &&
        std::ranges::find(kNames, lower(name)) != kNames.end()) {
      out.append(parameter.substr(0, name.size() + 2)).append(kRedacted);
    } else {
      out += parameter;
    }
  }
  return out;
}

std::string to_line(const Exchange& exchange) {
  const ordered_json line{{"at_ns", exchange.at_ns},
                          {"request", request_json(exchange)},
                          {"response", response_json(exchange)}};
  return line.dump();
}

Result<Exchange> from_line(std::string_view line, const std::string& where) {
  std::string text(line);
  const auto root = read_body(text, [](const BodyValue& value) { return value.json(); });
  if (!root) return fail(ErrorCode::usage, root.error().message, where);
  return catch_errors([&] { return decode_exchange(*root, where); });
}

}  // namespace hopcost::mockserver
