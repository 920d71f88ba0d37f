#include "mockserver/admin/exchange_json.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "common/base64.hpp"

namespace hopcost::mockserver {
namespace {

using nlohmann::ordered_json;

/// No recorded time is longer; sums of two cannot overflow.
constexpr std::int64_t kLongestNs = 365 * 86'400 * kSecond;

[[noreturn]] void complain(const std::string& where, const std::string& message) {
  throw ErrorException({ErrorCode::usage, message, where});
}

struct Value {
  const ordered_json& json;
  std::string where;  ///< "file:line: request.method"

  [[nodiscard]] const std::string& text() const {
    if (!json.is_string()) complain(where, "must be a string");
    return json.get_ref<const std::string&>();
  }
  [[nodiscard]] std::int64_t whole(std::int64_t at_least, std::int64_t at_most) const {
    // The reader of JSON keeps whole numbers beyond the signed ones apart; those are too large.
    if (!json.is_number_integer() || json.is_number_unsigned() ||
        json.get<std::int64_t>() < at_least || json.get<std::int64_t>() > at_most) {
      complain(where, fmt::format("must be a whole number from {} to {}", at_least, at_most));
    }
    return json.get<std::int64_t>();
  }
  [[nodiscard]] const ordered_json& list() const {
    if (!json.is_array()) complain(where, "must be a list");
    return json;
  }
  [[nodiscard]] Value element(std::size_t i) const {
    return {json[i], fmt::format("{}[{}]", where, i)};
  }
};

/// The members of an object; `finish` refuses what nobody asked for.
class Members {
 public:
  Members(const Value& object, std::string prefix)
      : json_(object.json), where_(object.where), prefix_(std::move(prefix)) {
    if (!json_.is_object()) complain(where_, "must be an object");
  }

  std::optional<Value> take(const char* key) {
    const auto found = json_.find(key);
    if (found == json_.end()) return std::nullopt;
    ++taken_;
    names_.emplace_back(key);
    return Value{*found, where_of(key)};
  }
  Value require(const char* key) {
    const auto value = take(key);
    if (!value) complain(where_of(key), "is missing");
    return *value;
  }
  void finish() const {
    if (taken_ == json_.size()) return;
    for (const auto& [key, value] : json_.items()) {
      if (std::ranges::find(names_, key) == names_.end()) {
        complain(where_of(key), "is not known here");
      }
    }
    complain(where_, "has a key twice");
  }
  [[nodiscard]] std::string where_of(const std::string& key) const {
    return where_ + prefix_ + key;
  }

 private:
  const ordered_json& json_;
  std::string where_;
  std::string prefix_;
  std::size_t taken_ = 0;
  std::vector<std::string> names_;
};

std::string to_latin1(const Value& value) {
  std::string bytes;
  const std::string& text = value.text();
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x80) {
      bytes += text[i];
    } else if ((byte == 0xc2 || byte == 0xc3) && i + 1 < text.size()) {
      const auto low = static_cast<unsigned char>(text[++i]) & 0x3fU;
      bytes += static_cast<char>((byte & 3U) << 6U | low);
    } else {
      complain(value.where, "must be of ISO 8859-1 characters");
    }
  }
  return bytes;
}

bool is_token_char(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

std::string http_token(const Value& value) {
  const std::string& text = value.text();
  if (text.empty() || !std::ranges::all_of(text, is_token_char)) {
    complain(value.where, "must be a name as HTTP has them");
  }
  return text;
}

std::string target_of(const Value& value) {
  std::string target = to_latin1(value);
  const auto is_bad = [](char c) { return (c >= 0 && c <= ' ') || c == 0x7f; };
  if (target.empty() || std::ranges::any_of(target, is_bad)) {
    complain(value.where, "must be a request target");
  }
  return target;
}

std::string header_value(const Value& value) {
  std::string text = to_latin1(value);
  const auto is_bad = [](char c) { return (c >= 0 && c < ' ' && c != '\t') || c == 0x7f; };
  if (std::ranges::any_of(text, is_bad)) complain(value.where, "must be one line of text");
  return text;
}

HeaderFields headers_of(const Value& value) {
  HeaderFields headers;
  for (std::size_t i = 0; i < value.list().size(); ++i) {
    const Value field = value.element(i);
    if (field.list().size() != 2) complain(field.where, "must be a name and a value");
    headers.emplace_back(http_token(field.element(0)), header_value(field.element(1)));
  }
  return headers;
}

/// Nothing where neither form is there.
std::optional<std::string> find_body(Members& members) {
  const auto text = members.take("body");
  const auto base64 = members.take("body_base64");
  if (text && base64) complain(base64->where, "must not stand beside body");
  if (text) return text->text();
  if (!base64) return std::nullopt;
  auto bytes = from_base64(base64->text());
  if (!bytes) complain(base64->where, "must be base64");
  return bytes;
}

std::string require_body(Members& members) {
  auto body = find_body(members);
  if (!body) complain(members.where_of("body"), "is missing");
  return *std::move(body);
}

std::vector<ReplyPiece> pieces_of(const Value& list) {
  std::vector<ReplyPiece> pieces;
  Nanos earliest = 0;
  for (std::size_t i = 0; i < list.list().size(); ++i) {
    Members members(list.element(i), ".");
    earliest = members.require("after_ns").whole(earliest, kLongestNs);
    pieces.push_back({earliest, require_body(members)});
    members.finish();
  }
  return pieces;
}

void decode_response(const Value& value, Exchange& exchange) {
  Members members(value, ".");
  exchange.status = static_cast<int>(members.require("status").whole(200, 599));
  exchange.reply_headers = headers_of(members.require("headers"));
  const auto pieces = members.take("pieces");
  if (auto body = find_body(members)) {
    if (pieces) complain(pieces->where, "must not stand beside a body");
    exchange.reply = *std::move(body);
  } else if (pieces) {
    exchange.reply = pieces_of(*pieces);
  } else {
    complain(members.where_of("body"), "is missing");
  }
  members.finish();
}

}  // namespace

Exchange decode_exchange(const ordered_json& root, const std::string& where) {
  Exchange exchange;
  Members members({root, where}, ": ");
  exchange.at_ns = members.require("at_ns").whole(0, kLongestNs);
  Members request(members.require("request"), ".");
  exchange.method = http_token(request.require("method"));
  exchange.target = target_of(request.require("target"));
  exchange.headers = headers_of(request.require("headers"));
  exchange.body = require_body(request);
  request.finish();
  decode_response(members.require("response"), exchange);
  members.finish();
  return exchange;
}

}  // namespace hopcost::mockserver
