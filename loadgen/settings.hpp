#pragma once

#include <string>
#include <utility>
#include <vector>

namespace hopcost::loadgen {

/// Options of loadgen, each with its values: {"stages", {"2/s:50s,5/s:50s"}}. What a scenario or a
/// load profile is made into.
using Settings = std::vector<std::pair<std::string, std::vector<std::string>>>;

inline void set(Settings& settings, std::string option, std::string value) {
  settings.push_back({std::move(option), {std::move(value)}});
}

}  // namespace hopcost::loadgen
