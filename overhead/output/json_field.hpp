#pragma once

#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/error.hpp"

namespace hopcost::overhead {

/// A value in a JSON document that knows where it stands, so that a complaint can name it:
/// "cells[2].mode is no mode". The accessors throw ErrorException; decode inside `catch_errors`.
class JsonField {
 public:
  JsonField(const nlohmann::json& json, std::string path) : json_(json), path_(std::move(path)) {}

  [[nodiscard]] JsonField at(const char* key) const {
    const auto found = json_.is_object() ? json_.find(key) : json_.end();
    auto path = path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
    if (!json_.is_object() || found == json_.end()) complain(path, "is missing");
    return {*found, std::move(path)};
  }
  template <class T>
  [[nodiscard]] T as() const {
    try {
      return json_.get<T>();
    } catch (const nlohmann::json::exception&) {
      complain(path_, "is of the wrong type");
    }
  }
  template <class Each>
  void each_item(Each&& each) const {
    if (!json_.is_array()) complain(path_, "is no list");
    for (std::size_t i = 0; i < json_.size(); ++i) {
      each(JsonField(json_[i], fmt::format("{}[{}]", path_, i)));
    }
  }
  template <class Each>
  void each_entry(Each&& each) const {
    if (!json_.is_object()) complain(path_, "is no object");
    for (const auto& [key, value] : json_.items()) {
      each(key, JsonField(value, fmt::format("{}.{}", path_, key)));
    }
  }
  [[nodiscard]] bool has(const char* key) const { return json_.is_object() && json_.contains(key); }
  [[nodiscard]] bool is_null() const { return json_.is_null(); }

  [[noreturn]] static void complain(const std::string& path, const char* what) {
    throw ErrorException(Error{ErrorCode::usage, fmt::format("{} {}", path, what), {}});
  }
  [[noreturn]] void complain(const char* what) const { complain(path_, what); }

 private:
  const nlohmann::json& json_;
  std::string path_;
};

}  // namespace hopcost::overhead
