#pragma once

#include <cstdint>

#include "loadgen/profile/profile.hpp"

namespace hopcost::loadgen {

/// The key `load` of a profile; returns how many requests it asks for, at most. Throws.
std::uint64_t decode_load(const YamlNode& node, Settings& settings);

}  // namespace hopcost::loadgen
