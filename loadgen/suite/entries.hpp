#pragma once

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "common/yaml.hpp"

namespace hopcost::loadgen {

/// A time that may be a bare number of seconds, as the suites' files have them: 600, "10m".
[[nodiscard]] inline Nanos seconds_of(const YamlNode& node) {
  const auto text = node.as_string();
  if (text.find_first_not_of("0123456789.") != std::string::npos) return node.as_duration();
  constexpr double kMost = 1e7;
  const double seconds = node.as_double();
  if (!(seconds >= 0) || seconds > kMost) node.complain("must be from 0 to 10000000 seconds");
  return static_cast<Nanos>(std::llround(seconds * static_cast<double>(kSecond)));
}

/// The entry whose `key` it is, of a file whose top level names its entries.
template <class Entry, class Decode>
[[nodiscard]] Result<Entry> find_entry(const std::filesystem::path& file, std::string_view what,
                                       const std::string& key, Decode decode) {
  const auto root = load_yaml(file);
  if (!root) return std::unexpected(root.error());
  const auto all = catch_errors([&] { return decode(*root); });
  if (!all) return std::unexpected(all.error());
  const auto found = std::ranges::find(*all, key, &Entry::key);
  if (found != all->end()) return *found;
  std::string names;
  for (const auto& entry : *all) names += fmt::format(" {}", entry.key);
  return fail(ErrorCode::usage, fmt::format("no {} '{}'; there are:{}", what, key, names),
              file.string());
}

}  // namespace hopcost::loadgen
