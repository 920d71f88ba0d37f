#pragma once

#include <cstdint>
#include <exception>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

// Without its exceptions simdjson has no conversion that could throw behind our back.
#define SIMDJSON_EXCEPTIONS 0
#include <simdjson.h>

#include "mockserver/api/api_error.hpp"

namespace hopcost::mockserver {

/// Carries an ApiError out of deep decoding; caught by read_body alone.
class Refusal : public std::exception {
 public:
  explicit Refusal(ApiError error) : error_(std::move(error)) {}
  [[nodiscard]] const ApiError& error() const { return error_; }
  [[nodiscard]] const char* what() const noexcept override { return error_.message.c_str(); }

 private:
  ApiError error_;
};

/// A value inside a request's body that knows its parameter's name ("messages[0].content"). The
/// accessors throw a Refusal (400, with that name) where the value is not what they want. A member
/// that is null counts as absent. Good until the next body is read on this thread.
class BodyValue {
 public:
  BodyValue(simdjson::dom::element element, std::string path)
      : element_(element), path_(std::move(path)) {}

  [[nodiscard]] bool is_string() const { return element_.is_string(); }
  [[nodiscard]] bool is_array() const { return element_.is_array(); }
  [[nodiscard]] bool is_object() const { return element_.is_object(); }
  [[nodiscard]] bool is_number() const { return element_.is_number(); }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[noreturn]] void refuse(std::string message) const;

  [[nodiscard]] std::string_view text() const;
  [[nodiscard]] bool flag() const;
  [[nodiscard]] std::int64_t whole(std::int64_t at_least, std::int64_t at_most) const;
  [[nodiscard]] double number(double at_least, double at_most) const;
  [[nodiscard]] nlohmann::ordered_json json() const;  ///< a copy of the whole value

  /// A member of an object; nothing where it is absent or null.
  [[nodiscard]] std::optional<BodyValue> find(std::string_view key) const;
  [[nodiscard]] BodyValue require(std::string_view key) const;

  /// Calls `each(BodyValue)` for the elements of an array.
  template <class Each>
  void for_each(Each each) const {
    simdjson::dom::array array;
    if (element_.get_array().get(array) != simdjson::SUCCESS) refuse("must be an array");
    std::size_t i = 0;
    for (const simdjson::dom::element element : array) {
      each(BodyValue(element, path_ + "[" + std::to_string(i++) + "]"));
    }
  }
  [[nodiscard]] std::size_t array_size() const;

 private:
  simdjson::dom::element element_;
  std::string path_;
};

namespace detail {
/// The root of `body`, on this thread's parser; an ApiError where it is not a JSON object.
[[nodiscard]] std::expected<simdjson::dom::element, ApiError> parse_body(std::string& body);
}  // namespace detail

/// Parses `body` (any bytes are safe; its capacity may grow, its bytes stay) and calls
/// `read(BodyValue root)`; a Refusal thrown inside becomes the unexpected value.
template <class Read>
auto read_body(std::string& body, Read read)
    -> std::expected<decltype(read(std::declval<const BodyValue&>())), ApiError> {
  const auto root = detail::parse_body(body);
  if (!root) return std::unexpected(root.error());
  try {
    return read(BodyValue(*root, ""));
  } catch (const Refusal& refusal) {
    return std::unexpected(refusal.error());
  }
}

}  // namespace hopcost::mockserver
