#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "mockserver/api/prepared_chat.hpp"
#include "mockserver/scenario/scenario.hpp"
#include "mockserver/server/model_tally.hpp"
#include "mockserver/server/services.hpp"

namespace hopcost::mockserver {

/// One model as a worker uses it.
struct CompiledModel {
  const ModelSettings* settings = nullptr;
  PreparedChat prepared;
  ModelTally* tally = nullptr;  ///< the worker's
  bool plain = false;           ///< what it says can be taken from `prepared`
};

/// A scenario with what was made ready for its models. Each worker compiles its own copy, so that
/// the reference counts of answers under way stay on their own core.
struct CompiledScenario {
  /// Where a worker counts what a model does, by its name; stays where it is.
  using Tallies = std::function<ModelTally*(const std::string& model)>;

  CompiledScenario(const Scenario& source, std::shared_ptr<const Services> shared,
                   const Tallies& tally_of);
  CompiledScenario(const CompiledScenario&) = delete;
  CompiledScenario& operator=(const CompiledScenario&) = delete;

  /// By name or alias; null where there is no such model.
  [[nodiscard]] const CompiledModel* find(std::string_view name) const;

  const Scenario scenario;
  const std::shared_ptr<const Services> services;
  const bool plain;                   ///< requests go the fast way, unless they ask for more
  std::vector<CompiledModel> models;  ///< as many as the scenario has, in its order
};

}  // namespace hopcost::mockserver
