#include "mockserver/fault/api_keys.hpp"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

namespace hopcost::mockserver {
namespace {

constexpr std::string_view kBlank = " \t\r\n";

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

/// What follows `Bearer` and at least one space; the scheme's case does not matter (RFC
/// 9110, 11.1).
std::optional<std::string_view> bearer(std::string_view value) {
  constexpr std::string_view kScheme = "bearer";
  value = trimmed(value);
  if (value.size() <= kScheme.size() || value[kScheme.size()] != ' ') return std::nullopt;
  for (std::size_t i = 0; i < kScheme.size(); ++i) {
    const char c = value[i] >= 'A' && value[i] <= 'Z' ? static_cast<char>(value[i] + 32) : value[i];
    if (c != kScheme[i]) return std::nullopt;
  }
  return trimmed(value.substr(kScheme.size()));
}

/// Reads every byte of `given` whatever it finds.
bool equal(std::string_view key, std::string_view given) {
  unsigned difference = key.size() == given.size() ? 0U : 1U;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const char expected = key[i % key.size()];
    difference |= static_cast<unsigned>(static_cast<unsigned char>(expected ^ given[i]));
  }
  return difference == 0;
}

}  // namespace

std::optional<std::string_view> presented_key(const KeyHeaders& headers) {
  if (headers.authorization) {
    if (const auto key = bearer(*headers.authorization)) return key;
  }
  if (headers.x_api_key) return trimmed(*headers.x_api_key);
  if (headers.api_key) return trimmed(*headers.api_key);
  return std::nullopt;
}

Result<ApiKeys> ApiKeys::from_list(std::string_view list) {
  ApiKeys result;
  while (!list.empty()) {
    const auto comma = list.find(',');
    const std::string_view key = trimmed(list.substr(0, comma));
    list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
    if (key.empty()) continue;
    if (!std::ranges::all_of(key, [](char c) { return c > ' ' && c <= '~'; })) {
      return fail(ErrorCode::usage, "an API key must be printable ASCII without spaces");
    }
    result.keys_.emplace_back(key);
  }
  if (result.keys_.empty()) return fail(ErrorCode::usage, "the list of API keys is empty");
  return result;
}

Result<ApiKeys> ApiKeys::from_environment(const std::string& variable) {
  const char* list = std::getenv(variable.c_str());
  if (list == nullptr) {
    return fail(ErrorCode::usage, fmt::format("the environment variable {} is not set", variable));
  }
  auto keys = from_list(list);
  if (!keys) {
    return fail(ErrorCode::usage, fmt::format("{}: {}", variable, keys.error().message));
  }
  keys->variable_ = variable;
  return keys;
}

bool ApiKeys::accepts(std::string_view key) const {
  unsigned found = keys_.empty() ? 1U : 0U;
  for (const auto& accepted : keys_) found |= static_cast<unsigned>(equal(accepted, key));
  return found != 0;
}

std::optional<ApiError> ApiKeys::check(const KeyHeaders& headers) const {
  if (!required()) return std::nullopt;
  const auto key = presented_key(headers);
  if (key && accepts(*key)) return std::nullopt;
  ApiError error;
  error.status = 401;
  error.code = "invalid_api_key";
  error.message = key ? "Incorrect API key provided."
                      : "No API key provided. Send it as 'Authorization: Bearer KEY'.";
  return error;
}

nlohmann::ordered_json ApiKeys::to_json() const {
  if (!required()) return nullptr;
  if (variable_.empty()) return {{"count", keys_.size()}};
  return {{"environment", variable_}};
}

ApiKeys decode_api_keys(const YamlNode& node) {
  auto fields = node.fields();
  const YamlNode variable = fields.require("environment");
  fields.finish();
  auto keys = ApiKeys::from_environment(variable.as_string());
  if (!keys) variable.complain(keys.error().message);
  return std::move(*keys);
}

}  // namespace hopcost::mockserver
