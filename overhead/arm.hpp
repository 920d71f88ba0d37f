#pragma once

#include <string>
#include <utility>
#include <vector>

#include "common/endpoint.hpp"

namespace hopcost::overhead {

/// What one set of requests is sent to. `baseline` and `baseline2` are the backend itself, the
/// latter again: the A/A control; every other arm goes through a stack.
struct Arm {
  std::string name;
  std::vector<ApiBase> targets;
  std::string model;
  std::vector<std::pair<std::string, std::string>> headers;
  bool through_stack = false;
};

inline constexpr const char* kBaseline = "baseline";
inline constexpr const char* kBaseline2 = "baseline2";
inline constexpr const char* kStack = "stack";

}  // namespace hopcost::overhead
