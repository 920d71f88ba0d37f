#pragma once

#include <string>
#include <utility>
#include <vector>

#include "common/endpoint.hpp"
#include "loadgen/exchange/server_time.hpp"

namespace hopcost::overhead {

/// What one set of requests is sent to. `baseline` and `baseline2` are the backend itself, the
/// latter again: the A/A control; every other arm goes through a stack. `base` and `head` go
/// through two builds of one stack.
struct Arm {
  std::string name;
  std::vector<ApiBase> targets;
  std::string model;
  std::vector<std::pair<std::string, std::string>> headers;
  bool through_stack = false;
  loadgen::ServerTimeHeader server_time = {};  ///< what it states about itself
};

inline constexpr const char* kBaseline = "baseline";
inline constexpr const char* kBaseline2 = "baseline2";
inline constexpr const char* kStack = "stack";
inline constexpr const char* kBase = "base";
inline constexpr const char* kHead = "head";

/// Which arms a cell compares: `ours` minus `theirs`. `control` minus `theirs` is what the same
/// comparison sees where there is nothing; empty: there is no such arm.
struct Contrast {
  std::string ours = kStack;
  std::string theirs = kBaseline;
  std::string control = kBaseline2;

  /// Two builds of one stack: either may be the faster one.
  [[nodiscard]] bool of_builds() const { return ours == kHead; }
};

}  // namespace hopcost::overhead
