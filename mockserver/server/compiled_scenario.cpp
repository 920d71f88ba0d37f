#include "mockserver/server/compiled_scenario.hpp"

namespace hopcost::mockserver {

CompiledScenario::CompiledScenario(const Scenario& source) : scenario(source) {
  models.reserve(scenario.models.size());
  for (const auto& name : scenario.models) models.push_back({name, PreparedChat(name)});
}

const CompiledModel* CompiledScenario::find(std::string_view model) const {
  for (const auto& candidate : models) {
    if (candidate.name == model) return &candidate;
  }
  return nullptr;
}

}  // namespace hopcost::mockserver
