#pragma once

#include <algorithm>
#include <string>

#include <nlohmann/json.hpp>

namespace hopcost::mockserver {

/// Whether `value` satisfies `schema`: the keywords that instance_of() knows, checked without any
/// of its code.
inline bool satisfies(const nlohmann::ordered_json& value, const nlohmann::ordered_json& schema,
                      const nlohmann::ordered_json& root) {
  using nlohmann::ordered_json;
  if (schema.is_boolean()) return schema.get<bool>();
  const auto is = [&](const std::string& type) {
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "string") return value.is_string();
    if (type == "integer") return value.is_number_integer();
    if (type == "number") return value.is_number();
    if (type == "boolean") return value.is_boolean();
    return type == "null" && value.is_null();
  };
  const auto count_if = [&](const ordered_json& list) {
    return std::count_if(list.begin(), list.end(),
                         [&](const ordered_json& one) { return satisfies(value, one, root); });
  };
  for (const auto& [key, said] : schema.items()) {
    const bool number = value.is_number();
    if (key == "$ref") {
      const ordered_json::json_pointer pointer(said.get<std::string>().substr(1));
      if (!satisfies(value, root.at(pointer), root)) return false;
    } else if (key == "type") {
      const bool good = said.is_string()
                            ? is(said.get<std::string>())
                            : std::any_of(said.begin(), said.end(), [&](const ordered_json& one) {
                                return is(one.get<std::string>());
                              });
      if (!good) return false;
    } else if (key == "const") {
      if (value != said) return false;
    } else if (key == "enum") {
      if (std::find(said.begin(), said.end(), value) == said.end()) return false;
    } else if (key == "anyOf") {
      if (count_if(said) == 0) return false;
    } else if (key == "oneOf") {
      if (count_if(said) != 1) return false;
    } else if (key == "allOf") {
      if (count_if(said) != static_cast<std::ptrdiff_t>(said.size())) return false;
    } else if (key == "required" && value.is_object()) {
      for (const auto& name : said) {
        if (!value.contains(name.get<std::string>())) return false;
      }
    } else if (key == "properties" && value.is_object()) {
      for (const auto& [name, inner] : said.items()) {
        if (value.contains(name) && !satisfies(value[name], inner, root)) return false;
      }
    } else if (key == "additionalProperties" && value.is_object()) {
      for (const auto& [name, inner] : value.items()) {
        const bool known = schema.contains("properties") && schema["properties"].contains(name);
        if (!known && !satisfies(inner, said, root)) return false;
      }
    } else if (key == "items" && value.is_array()) {
      for (const auto& one : value) {
        if (!satisfies(one, said, root)) return false;
      }
    } else if ((key == "minItems" && value.is_array() && value.size() < said) ||
               (key == "maxItems" && value.is_array() && value.size() > said) ||
               (key == "minProperties" && value.is_object() && value.size() < said) ||
               (key == "maxProperties" && value.is_object() && value.size() > said)) {
      return false;
    } else if (key == "uniqueItems" && value.is_array() && said == true) {
      for (std::size_t i = 0; i < value.size(); ++i) {
        for (std::size_t k = 0; k < i; ++k) {
          if (value[i] == value[k]) return false;
        }
      }
    } else if ((key == "minLength" && value.is_string() &&
                value.get<std::string>().size() < said) ||
               (key == "maxLength" && value.is_string() &&
                value.get<std::string>().size() > said)) {
      return false;
    } else if ((key == "minimum" && number && value < said) ||
               (key == "maximum" && number && value > said) ||
               (key == "exclusiveMinimum" && number && value <= said) ||
               (key == "exclusiveMaximum" && number && value >= said)) {
      return false;
    } else if (key == "multipleOf" && value.is_number_integer() && said.is_number_integer()) {
      if (value.get<std::int64_t>() % said.get<std::int64_t>() != 0) return false;
    }
  }
  return true;
}

}  // namespace hopcost::mockserver
