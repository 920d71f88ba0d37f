#include "mockserver/scenario/scenario.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "mockserver/scenario/keys.hpp"

namespace hopcost::mockserver {
namespace {

using Json = nlohmann::ordered_json;

Json write_model(const ModelSettings& model, const ModelSettings& defaults) {
  Json map{{"name", model.name}};
  if (!model.aliases.empty()) map["aliases"] = model.aliases;
  // Compared as values, for a thousand models may share one table that is long to write.
  ModelSettings plain = defaults;
  plain.name = model.name;
  if (model == plain) return model.name;
  plain.aliases = model.aliases;
  for (const auto& key : model_keys()) {
    ModelSettings changed = plain;
    key.copy(changed, model);
    if (changed != plain) map[key.name] = key.write(model);
  }
  return map;
}

}  // namespace

const ModelSettings* Scenario::find_model(std::string_view name) const {
  const auto it = std::ranges::find_if(models, [name](const ModelSettings& model) {
    return model.name == name || std::ranges::find(model.aliases, name) != model.aliases.end();
  });
  return it == models.end() ? nullptr : &*it;
}

ModelSettings Scenario::default_model() {
  ModelSettings model;
  model.name = "mock-model";
  return model;
}

nlohmann::ordered_json to_json(const Scenario& scenario) {
  Json map;
  for (const auto& key : model_keys()) map[key.name] = key.write(scenario.defaults);
  map["models"] = Json::array();
  for (const auto& model : scenario.models) {
    map["models"].push_back(write_model(model, scenario.defaults));
  }
  for (const auto& key : server_keys()) map[key.name] = key.write(scenario);
  return map;
}

}  // namespace hopcost::mockserver
