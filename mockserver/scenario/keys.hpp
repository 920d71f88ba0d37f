#pragma once

#include <filesystem>
#include <span>
#include <string_view>

#include <nlohmann/json.hpp>

#include "common/yaml.hpp"
#include "mockserver/scenario/scenario.hpp"

namespace hopcost::mockserver {

/// Where a value comes from, as far as its meaning depends on that.
struct Origin {
  std::filesystem::path folder;  ///< what file names are relative to
  bool trusted = true;           ///< false: from the network, so no files and no variables
};

/// One key of a scenario: how it is read and written. The tables below are all there are; the
/// decoder, to_json and the test of docs/scenario.md go by them.
template <class T>
struct Key {
  std::string_view name;
  /// Throws ErrorException with the value's place. A map changes what it names and keeps the rest.
  void (*read)(T& into, const YamlNode& node, const Origin& origin);
  nlohmann::ordered_json (*write)(const T& from);
  /// Copies the value, which may share memory; only a model's keys have it.
  void (*copy)(T& into, const T& from) = nullptr;
};

/// Of a model; they may stand at the top as well, for all models.
[[nodiscard]] std::span<const Key<ModelSettings>> model_keys();
/// Of a server: they stand at the top only.
[[nodiscard]] std::span<const Key<Scenario>> server_keys();

/// nullptr where there is none.
template <class T>
[[nodiscard]] const Key<T>* find_key(std::span<const Key<T>> keys, std::string_view name) {
  for (const auto& key : keys) {
    if (key.name == name) return &key;
  }
  return nullptr;
}

/// A whole number in that range.
[[nodiscard]] std::uint32_t read_number(const YamlNode& node, std::uint32_t at_least,
                                        std::uint32_t at_most);
[[nodiscard]] Nanos read_duration(const YamlNode& node, Nanos at_most);
[[nodiscard]] bool has_control_character(std::string_view text);
/// Of a name that goes into replies, headers and logs: UTF-8 without control characters, not empty.
/// Complains at `place`.
void check_name(std::string_view name, const YamlNode& place);
/// Such a name.
[[nodiscard]] std::string read_name(const YamlNode& node);

}  // namespace hopcost::mockserver
