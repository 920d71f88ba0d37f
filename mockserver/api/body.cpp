#include "mockserver/api/body.hpp"

#include <fmt/format.h>

namespace hopcost::mockserver {
namespace {

using nlohmann::ordered_json;
namespace dom = simdjson::dom;

ordered_json copy_of(dom::element element) {
  switch (element.type()) {
    case dom::element_type::OBJECT: {
      auto object = ordered_json::object();
      // Straight to the end: operator[] would look at all members before for each of them. Where a
      // key comes twice both are kept, and the first is the one that is found.
      auto& members = object.get_ref<ordered_json::object_t&>();
      for (const dom::key_value_pair member : dom::object(element.get_object().value_unsafe())) {
        members.emplace_back(std::string(member.key), copy_of(member.value));
      }
      return object;
    }
    case dom::element_type::ARRAY: {
      auto array = ordered_json::array();
      for (const dom::element inner : dom::array(element.get_array().value_unsafe())) {
        array.push_back(copy_of(inner));
      }
      return array;
    }
    case dom::element_type::STRING:
      return std::string(element.get_string().value_unsafe());
    case dom::element_type::INT64:
      return element.get_int64().value_unsafe();
    case dom::element_type::UINT64:
      return element.get_uint64().value_unsafe();
    case dom::element_type::DOUBLE:
      return element.get_double().value_unsafe();
    case dom::element_type::BOOL:
      return element.get_bool().value_unsafe();
    case dom::element_type::NULL_VALUE:
      return nullptr;
  }
  return nullptr;
}

}  // namespace

namespace detail {

std::expected<dom::element, ApiError> parse_body(std::string& body) {
  /// Deeper nesting is refused: it serves nothing but to exhaust a stack.
  constexpr std::size_t kMaxDepth = 64;
  thread_local dom::parser parser = [] {
    dom::parser fresh;
    [[maybe_unused]] const auto error = fresh.allocate(4096, kMaxDepth);
    return fresh;
  }();
  body.reserve(body.size() + simdjson::SIMDJSON_PADDING);
  dom::element root;
  const auto error = parser.parse(body.data(), body.size(), false).get(root);
  if (error == simdjson::DEPTH_ERROR) {
    return std::unexpected(ApiError{400, "The request body is nested too deeply."});
  }
  if (error != simdjson::SUCCESS) {
    return std::unexpected(ApiError{400, "The request body is not valid JSON."});
  }
  if (!root.is_object()) {
    return std::unexpected(ApiError{400, "The request body must be a JSON object."});
  }
  return root;
}

}  // namespace detail

void BodyValue::refuse(std::string message) const {
  throw Refusal(ApiError{
      400, path_.empty() ? std::move(message) : fmt::format("'{}' {}.", path_, message), path_});
}

std::string_view BodyValue::text() const {
  std::string_view text;
  if (element_.get_string().get(text) != simdjson::SUCCESS) refuse("must be a string");
  return text;
}

bool BodyValue::flag() const {
  bool flag = false;
  if (element_.get_bool().get(flag) != simdjson::SUCCESS) refuse("must be true or false");
  return flag;
}

std::int64_t BodyValue::whole(std::int64_t at_least, std::int64_t at_most) const {
  std::int64_t number = 0;
  if (element_.get_int64().get(number) != simdjson::SUCCESS || number < at_least ||
      number > at_most) {
    refuse(fmt::format("must be a whole number from {} to {}", at_least, at_most));
  }
  return number;
}

double BodyValue::number(double at_least, double at_most) const {
  double number = 0;
  if (element_.get_double().get(number) != simdjson::SUCCESS ||
      !(number >= at_least && number <= at_most)) {
    refuse(fmt::format("must be a number from {} to {}", at_least, at_most));
  }
  return number;
}

ordered_json BodyValue::json() const {
  return copy_of(element_);
}

std::optional<BodyValue> BodyValue::find(std::string_view key) const {
  dom::object object;
  if (element_.get_object().get(object) != simdjson::SUCCESS) refuse("must be an object");
  dom::element member;
  if (object.at_key(key).get(member) != simdjson::SUCCESS || member.is_null()) return std::nullopt;
  return BodyValue(member, path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key));
}

BodyValue BodyValue::require(std::string_view key) const {
  const auto member = find(key);
  if (!member) {
    BodyValue(element_, path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key))
        .refuse("is required");
  }
  return *member;
}

std::size_t BodyValue::array_size() const {
  dom::array array;
  if (element_.get_array().get(array) != simdjson::SUCCESS) refuse("must be an array");
  return array.size();
}

}  // namespace hopcost::mockserver
