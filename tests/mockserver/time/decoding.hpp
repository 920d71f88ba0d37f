#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "common/yaml.hpp"
#include "tests/catch.hpp"

namespace hopcost::mockserver::test {

/// The document; the test fails where it is no YAML.
inline YamlNode yaml(const std::string& text) {
  auto root = parse_yaml(text, "s.yaml");
  REQUIRE(root.has_value());
  return *root;
}

/// What `read` makes of the document; the test fails where it complains.
template <class Read>
auto decoded(const std::string& text, Read read) {
  const auto value = catch_errors([&] { return read(yaml(text)); });
  INFO(text);
  INFO((value ? "" : value.error().to_string()));
  REQUIRE(value.has_value());
  return *value;
}

/// The complaint of `read` as the user sees it; empty where there is none.
template <class Read>
std::string complaint(const std::string& text, Read read) {
  const auto value = catch_errors([&] { return read(yaml(text)); });
  return value ? "" : value.error().to_string();
}

}  // namespace hopcost::mockserver::test
