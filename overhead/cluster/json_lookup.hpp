#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace hopcost::overhead {

// What the API server says of an object: a part of it may always be missing, or be of another type.

/// The value below these keys, null where one of them is not there.
inline const nlohmann::json& below(const nlohmann::json& object,
                                   std::initializer_list<const char*> keys) {
  static const nlohmann::json kNothing;
  const nlohmann::json* at = &object;
  for (const auto* key : keys) {
    if (!at->is_object()) return kNothing;
    const auto found = at->find(key);
    if (found == at->end()) return kNothing;
    at = &*found;
  }
  return *at;
}

inline std::string text_below(const nlohmann::json& object,
                              std::initializer_list<const char*> keys) {
  const auto& found = below(object, keys);
  return found.is_string() ? found.get<std::string>() : std::string();
}

/// A whole number below these keys, 0 where there is none.
inline int number_below(const nlohmann::json& object, std::initializer_list<const char*> keys) {
  const auto& found = below(object, keys);
  return found.is_number_integer() ? found.get<int>() : 0;
}

/// Items of a list, none where it is not one.
inline std::vector<nlohmann::json> items_of(const nlohmann::json& list,
                                            std::initializer_list<const char*> keys) {
  const auto& found = below(list, keys);
  return found.is_array() ? found.get<std::vector<nlohmann::json>>()
                          : std::vector<nlohmann::json>();
}

}  // namespace hopcost::overhead
