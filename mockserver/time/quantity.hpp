#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "common/yaml.hpp"

namespace hopcost::mockserver {

/// What the numbers of a distribution stand for in a file, and which are allowed: lengths of time
/// or whole numbers. Only for the readers and writers of distributions.
struct Quantity {
  bool is_time;
  double lo;
  double hi;

  [[nodiscard]] static Quantity time();

  /// "from 0 to 1h"
  [[nodiscard]] std::string range() const;
  /// One value that can be drawn as it stands.
  [[nodiscard]] double value(const YamlNode& node) const;
  /// A mean or a deviation: a number of tokens need not be whole here.
  [[nodiscard]] double parameter(const YamlNode& node, double at_least) const;
  /// One line of a trace; nothing where it is no value in range.
  [[nodiscard]] std::optional<double> line(std::string_view text) const;
  /// What `value` and `parameter` read back.
  [[nodiscard]] nlohmann::json write(double number) const;
};

}  // namespace hopcost::mockserver
