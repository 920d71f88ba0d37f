#pragma once

#include <functional>
#include <string>

#include "overhead/checks/check.hpp"
#include "tests/catch.hpp"
#include "tests/overhead/cells.hpp"

namespace hopcost::test {

inline void spoil(overhead::Cell& cell, const std::string& arm,
                  const std::function<void(overhead::PassRecord&)>& change) {
  for (auto& pass : cell.passes) {
    if (pass.arm == arm) change(pass);
  }
}

/// Exactly this check fires, and whether it takes the verdict away is as documented.
inline void only_fires(overhead::Cell& cell, const std::string& code, bool blocking) {
  const auto checks = checks_of(cell);
  for (const auto& [name, check] : checks) {
    INFO(name << ": " << check.evidence);
    CHECK(check.fired == (name == code));
  }
  REQUIRE(checks.contains(code));
  CHECK(checks.at(code).blocking == blocking);
  CHECK_FALSE(checks.at(code).evidence.empty());
  CHECK((cell.state == overhead::State::no_verdict) == blocking);
}

inline overhead::Cell stream_cell() {
  CellShape shape;
  shape.mode = overhead::Mode::stream;
  return healthy_cell(shape);
}

}  // namespace hopcost::test
