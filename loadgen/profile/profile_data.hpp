#pragma once

#include "loadgen/profile/profile.hpp"

namespace hopcost::loadgen {

/// The key `data` of a profile. Throws.
void decode_data(const YamlNode& node, Settings& settings);

}  // namespace hopcost::loadgen
