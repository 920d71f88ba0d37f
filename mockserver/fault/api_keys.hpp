#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "common/error.hpp"
#include "common/yaml.hpp"
#include "mockserver/api/api_error.hpp"

namespace hopcost::mockserver {

/// The headers a key may come in; an absent one is nullopt.
struct KeyHeaders {
  std::optional<std::string_view> authorization = {};  ///< `Bearer KEY`
  std::optional<std::string_view> x_api_key = {};
  std::optional<std::string_view> api_key = {};
};

/// The key a request brings, in this order: authorization, x-api-key, api-key; nullopt where it
/// brings none. What it is checked by, and what a rate limit is counted by.
[[nodiscard]] std::optional<std::string_view> presented_key(const KeyHeaders& headers);

/// The keys a server accepts. Without keys every request is accepted. The keys never leave this
/// class: neither messages nor JSON hold any part of one. Immutable; threads may share it.
class ApiKeys {
 public:
  ApiKeys() = default;
  /// Keys separated by commas, white space around them dropped. An error where there is none, or
  /// where one is not printable ASCII.
  [[nodiscard]] static Result<ApiKeys> from_list(std::string_view list);
  /// The list in an environment variable; an error where it is not set.
  [[nodiscard]] static Result<ApiKeys> from_environment(const std::string& variable);

  [[nodiscard]] bool required() const { return !keys_.empty(); }
  [[nodiscard]] std::size_t count() const { return keys_.size(); }
  /// The time depends on the lengths of the keys and of `key`, not on what they have in common.
  [[nodiscard]] bool accepts(std::string_view key) const;
  /// The 401 for a request, or nullopt where it may pass.
  [[nodiscard]] std::optional<ApiError> check(const KeyHeaders& headers) const;
  /// {"environment": NAME}, which decode_api_keys reads back; null where no keys are required. Keys
  /// given by from_list show only their count.
  [[nodiscard]] nlohmann::ordered_json to_json() const;

 private:
  std::vector<std::string> keys_;
  std::string variable_;
};

/// {environment: NAME}: keys do not stand in files. Strict; throws ErrorException.
[[nodiscard]] ApiKeys decode_api_keys(const YamlNode& node);

}  // namespace hopcost::mockserver
