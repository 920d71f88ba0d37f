#include "mockserver/http/request.hpp"

#include <boost/beast/core/string.hpp>

namespace hopcost::mockserver {
namespace {

/// A body larger than this does not stay allocated once it was answered.
constexpr std::size_t kKeptBody = 256U << 10U;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// What is not a valid escape stays as it is.
std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
                        hex_digit(text[i + 2]) >= 0;
    if (escape) {
      out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

bool same_word(std::string_view a, std::string_view b) {
  return boost::beast::iequals({a.data(), a.size()}, {b.data(), b.size()});
}

/// Fields that ask for a fault count whatever the scenario says.
bool names_a_fault(std::string_view name) {
  return same_word(name, "x-hopcost-fault") || same_word(name, "x-return-error");
}

}  // namespace

void Request::clear(bool keep_fields) {
  keep_fields_ = keep_fields;
  fields_.clear();
  field_text_.clear();
  host_ = false;
  body_.clear();
  if (body_.capacity() > kKeptBody) body_.shrink_to_fit();
  head_complete_ = expects_continue_ = expects_unknown_ = false;
  transfer_coding_ = foreign_coding_ = false;
}

void Request::on_request(http::verb verb, std::string_view method, std::string_view target) {
  const Route route = find_route(target);
  verb_ = verb;
  endpoint_ = route.endpoint;
  allow_ = route.allow;
  method_allowed_ = route.allows(method);
  if (keep_fields_) target_ = target;
  if (endpoint_ == Endpoint::model) {
    detail_ = percent_decoded(route.rest);
  } else if (endpoint_ == Endpoint::unknown) {
    detail_.assign(method).append(" ").append(target);
  }
}

std::optional<std::string_view> Request::header(std::string_view name) const {
  std::optional<std::string_view> found;
  for_each_header([&](std::string_view field, std::string_view value) {
    if (!found && same_word(field, name)) found = value;
  });
  return found;
}

void Request::on_field(http::field field, std::string_view name, std::string_view value) {
  if (head_complete_) return;  // trailers of a chunked body change nothing
  if (keep_fields_ || (field == http::field::unknown && names_a_fault(name))) {
    const auto at = field_text_.size();
    field_text_.append(name).append(value);
    fields_.push_back({at, name.size(), at + name.size(), value.size()});
  }
  if (field == http::field::host) {
    host_ = true;
  } else if (field == http::field::expect) {
    expects_continue_ = same_word(value, "100-continue");
    expects_unknown_ = !expects_continue_;
  } else if (field == http::field::transfer_encoding) {
    transfer_coding_ = true;
    foreign_coding_ = foreign_coding_ || !same_word(value, "chunked");
  }
}

}  // namespace hopcost::mockserver
