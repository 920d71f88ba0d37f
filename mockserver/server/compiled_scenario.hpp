#pragma once

#include <string_view>
#include <vector>

#include "mockserver/api/prepared_chat.hpp"
#include "mockserver/scenario.hpp"

namespace hopcost::mockserver {

/// One model as a worker uses it.
struct CompiledModel {
  std::string name;
  PreparedChat prepared;
};

/// A scenario with what was made ready for its models. Each worker compiles its own copy, so that
/// the reference counts of answers under way stay on their own core.
struct CompiledScenario {
  explicit CompiledScenario(const Scenario& source);
  /// Null where there is no such model.
  [[nodiscard]] const CompiledModel* find(std::string_view model) const;

  Scenario scenario;
  std::vector<CompiledModel> models;
};

}  // namespace hopcost::mockserver
