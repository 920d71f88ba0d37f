#include "loadgen/workload/request_mix.hpp"

#include <charconv>
#include <cmath>
#include <optional>

#include <fmt/format.h>

namespace hopcost::loadgen {
namespace {

template <class T>
std::optional<T> number(std::string_view text) {
  T value{};
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (ec != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

Result<void> read_length(std::string_view key, std::string_view text, TokenLength& length) {
  const auto parsed = TokenLength::parse(text);
  if (!parsed) return fail(ErrorCode::usage, fmt::format("{}: {}", key, parsed.error().message));
  length = *parsed;
  return {};
}

Result<void> read_count(std::string_view key, std::string_view text, int& count) {
  constexpr int kMost = 1'000'000;
  const auto value = number<int>(text);
  if (!value || *value < 0 || *value > kMost) {
    return fail(ErrorCode::usage, fmt::format("{}: '{}' is no count up to {}", key, text, kMost));
  }
  count = *value;
  return {};
}

/// Hands each "key=value" of the list to `take`, which gives an Error for a wrong one.
template <class Take>
Result<void> each_setting(std::string_view list, const Take& take) {
  for (const auto setting : split_list(list)) {
    const auto equals = setting.find('=');
    if (equals == std::string_view::npos || equals == 0) {
      return fail(ErrorCode::usage, fmt::format("'{}' is not key=value", setting));
    }
    if (auto taken = take(setting.substr(0, equals), setting.substr(equals + 1)); !taken) {
      return taken;
    }
  }
  return {};
}

}  // namespace

std::vector<std::string_view> split_list(std::string_view text) {
  std::vector<std::string_view> parts;
  int depth = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '(') ++depth;
    if (text[i] == ')') --depth;
    if (text[i] != ',' || depth > 0) continue;
    parts.push_back(text.substr(begin, i - begin));
    begin = i + 1;
  }
  parts.push_back(text.substr(begin));
  return parts;
}

Result<Weighted> parse_weighted(std::string_view text) {
  Weighted out{std::string(text), 1};
  if (const auto equals = text.rfind('='); equals != std::string_view::npos) {
    const auto weight = number<double>(text.substr(equals + 1));
    if (!weight || !std::isfinite(*weight) || *weight <= 0) {
      return fail(ErrorCode::usage,
                  fmt::format("'{}' is no weight above 0", text.substr(equals + 1)));
    }
    out = {std::string(text.substr(0, equals)), *weight};
  }
  if (out.name.empty()) return fail(ErrorCode::usage, fmt::format("'{}' has no name", text));
  return out;
}

Result<RequestClass> parse_class(std::string_view text, const RequestClass& otherwise) {
  const auto colon = text.find(':');
  auto share = parse_weighted(text.substr(0, colon));
  if (!share) return std::unexpected(share.error());
  RequestClass out = otherwise;
  out.share = *share;
  if (colon == std::string_view::npos) return out;
  const auto taken = each_setting(text.substr(colon + 1), [&](auto key, auto value) {
    if (key == "prompt") return read_length(key, value, out.prompt);
    if (key == "output") return read_length(key, value, out.output);
    return Result<void>(
        fail(ErrorCode::usage, fmt::format("'{}' is neither prompt nor output", key)));
  });
  if (!taken) return std::unexpected(taken.error());
  return out;
}

Result<SharedPrefix> parse_shared_prefix(std::string_view text) {
  SharedPrefix out;
  out.groups = 1;
  const auto taken = each_setting(text, [&](auto key, auto value) {
    if (key == "groups") return read_count(key, value, out.groups);
    if (key == "prompts") return read_count(key, value, out.prompts);
    if (key == "system") return read_length(key, value, out.system);
    if (key == "question") return read_length(key, value, out.question);
    return Result<void>(fail(
        ErrorCode::usage, fmt::format("'{}' is none of groups, prompts, system, question", key)));
  });
  if (!taken) return std::unexpected(taken.error());
  if (out.groups < 1) return fail(ErrorCode::usage, "groups: at least 1");
  return out;
}

}  // namespace hopcost::loadgen
