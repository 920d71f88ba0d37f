#include "mockserver/server/compiled_scenario.hpp"

namespace hopcost::mockserver {
namespace {

bool is_plain(const ModelSettings& model) {
  return model.mode == AnswerStyle::Mode::words && !model.always_reasons &&
         model.max_model_len == 0 && model.delivery.bytes_per_write == 0;
}

}  // namespace

CompiledScenario::CompiledScenario(const Scenario& source, std::shared_ptr<const Services> shared,
                                   const Tallies& tally_of)
    : scenario(source), services(std::move(shared)), plain(services->plain()) {
  models.reserve(scenario.models.size());
  for (const auto& model : scenario.models) {
    models.push_back(
        {&model, PreparedChat(model.name), tally_of(model.name), plain && is_plain(model)});
  }
}

const CompiledModel* CompiledScenario::find(std::string_view name) const {
  for (const auto& model : models) {
    if (model.settings->name == name) return &model;
  }
  const ModelSettings* const by_alias = scenario.find_model(name);
  if (by_alias == nullptr) return nullptr;
  return &models[static_cast<std::size_t>(by_alias - scenario.models.data())];
}

}  // namespace hopcost::mockserver
