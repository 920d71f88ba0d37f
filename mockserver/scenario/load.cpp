#include "mockserver/scenario/load.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "mockserver/scenario/document.hpp"
#include "mockserver/scenario/keys.hpp"

namespace hopcost::mockserver {
namespace {

constexpr std::size_t kMaxModels = 1000;
constexpr std::size_t kMaxAliases = 64;

using Entries = std::vector<std::pair<std::string, YamlNode>>;

Entries entries_of(const YamlNode& node) {
  return node.is_null() ? Entries{} : node.entries();
}

/// Keys that are not in the tables of keys.hpp, because they are about other keys.
bool is_structure(std::string_view key) {
  return key == "include" || key == "models" || key == "replicas";
}

bool is_known(std::string_view key) {
  return is_structure(key) || find_key(server_keys(), key) != nullptr ||
         find_key(model_keys(), key) != nullptr;
}

std::vector<std::string> read_aliases(const YamlNode& node) {
  std::vector<std::string> aliases;
  for (const auto& item : node.items()) aliases.push_back(read_name(item));
  if (aliases.size() > kMaxAliases) node.complain(fmt::format("more than {}", kMaxAliases));
  return aliases;
}

void apply_to_model(ModelSettings& model, const Entries& entries, const Origin& origin) {
  for (const auto& [key, node] : entries) {
    if (key == "aliases") {
      model.aliases = read_aliases(node);
    } else if (const auto* known = find_key(model_keys(), key)) {
      known->read(model, node, origin);
    } else {
      node.complain("unknown key");
    }
  }
}

/// An item of a list of models: a name, or a map with a name.
ModelSettings read_model(const YamlNode& item, const ModelSettings& defaults,
                         const Origin& origin) {
  ModelSettings model = defaults;
  if (!item.is_map()) {
    model.name = read_name(item);
    return model;
  }
  auto entries = item.entries();
  const auto name =
      std::ranges::find(entries, std::string_view("name"), &Entries::value_type::first);
  if (name == entries.end()) item.complain("'name' is missing");
  model.name = read_name(name->second);
  std::erase_if(entries, [](const auto& entry) { return entry.first == "name"; });
  apply_to_model(model, entries, origin);
  return model;
}

void check_names(const std::vector<ModelSettings>& models, const YamlNode& node) {
  if (models.empty()) node.complain("name at least one model");
  if (models.size() > kMaxModels) node.complain(fmt::format("more than {} models", kMaxModels));
  std::set<std::string_view> seen;
  const auto take = [&](const std::string& name) {
    if (!seen.insert(name).second) node.complain(fmt::format("'{}' is named twice", name));
  };
  for (const auto& model : models) {
    take(model.name);
    for (const auto& alias : model.aliases) take(alias);
  }
}

/// The value of `models`: a list replaces the models there are, a map changes or adds some.
void apply_models(std::vector<ModelSettings>& models, const ModelSettings& defaults,
                  const YamlNode& node, const Origin& origin) {
  if (node.is_map()) {
    for (const auto& [name, value] : node.entries()) {
      auto it = std::ranges::find(models, name, &ModelSettings::name);
      if (it == models.end()) {
        check_name(name, value);
        models.push_back(defaults);
        it = std::prev(models.end());
        it->name = name;
      }
      apply_to_model(*it, entries_of(value), origin);
    }
  } else {
    const auto items = node.items();
    if (items.size() > kMaxModels) node.complain(fmt::format("more than {} models", kMaxModels));
    std::vector<ModelSettings> fresh;
    for (const auto& item : items) fresh.push_back(read_model(item, defaults, origin));
    models = std::move(fresh);
  }
  check_names(models, node);
}

/// Later layers go before earlier ones; a model's own keys before those at any layer's top.
Scenario resolve(const std::vector<Layer>& layers) {
  Scenario scenario;
  for (const auto& layer : layers) {
    const Origin origin{layer.folder, true};
    for (const auto& [key, node] : entries_of(layer.root)) {
      if (const auto* of_server = find_key(server_keys(), key)) {
        of_server->read(scenario, node, origin);
      } else if (const auto* of_model = find_key(model_keys(), key)) {
        of_model->read(scenario.defaults, node, origin);
      }
    }
  }
  std::vector<ModelSettings> models;
  for (const auto& layer : layers) {
    for (const auto& [key, node] : entries_of(layer.root)) {
      if (key == "models") {
        apply_models(models, scenario.defaults, node, Origin{layer.folder, true});
      }
    }
  }
  if (models.empty()) {
    models.push_back(scenario.defaults);
    models.front().name = Scenario::default_model().name;
  }
  scenario.models = std::move(models);
  return scenario;
}

void take_others(const std::vector<Layer>& layers, OtherKeys others, ScenarioFile& file) {
  for (const auto& layer : layers) {
    for (const auto& [key, node] : entries_of(layer.root)) {
      if (is_known(key)) continue;
      if (others == OtherKeys::refused) node.complain("unknown key");
      file.others.emplace_back(key, node);
    }
  }
}

/// The value of `replicas` and the folder of its file.
std::optional<Layer> find_replicas(const std::vector<Layer>& layers) {
  std::optional<Layer> found;
  for (const auto& layer : layers) {
    for (const auto& [key, node] : entries_of(layer.root)) {
      if (key == "replicas") found.emplace(Layer{node, layer.folder});
    }
  }
  return found;
}

void resolve_replicas(std::vector<Layer> layers, const Layer& replicas, ScenarioFile& file) {
  const auto& node = replicas.root;
  if (!node.is_sequence()) {
    file.replicas.assign(static_cast<std::size_t>(node.as_int(1, kMaxReplicas)), resolve(layers));
    return;
  }
  const auto items = node.items();
  if (items.empty() || items.size() > static_cast<std::size_t>(kMaxReplicas)) {
    node.complain(fmt::format("must be from 1 to {} replicas", kMaxReplicas));
  }
  file.replicas_listed = true;
  file.replicas.clear();
  for (const auto& item : items) {
    for (const auto& [key, value] : entries_of(item)) {
      if (!is_known(key) || key == "include" || key == "replicas") value.complain("unknown key");
    }
    layers.push_back({item, replicas.folder});
    file.replicas.push_back(resolve(layers));
    layers.pop_back();
  }
}

}  // namespace

Result<ScenarioFile> load_scenario(const std::filesystem::path& path, OtherKeys others) {
  auto layers = read_layers(path);
  if (!layers) return std::unexpected(layers.error());
  return catch_errors([&] {
    ScenarioFile file;
    take_others(*layers, others, file);
    if (const auto replicas = find_replicas(*layers)) {
      resolve_replicas(*layers, *replicas, file);
    } else {
      file.replicas.assign(1, resolve(*layers));
    }
    return file;
  });
}

Result<Scenario> with_changes(const Scenario& scenario, std::string_view text, ChangeFrom from) {
  const auto layer = read_change(text);
  if (!layer) return std::unexpected(layer.error());
  return catch_errors([&] {
    const Origin origin{{}, from == ChangeFrom::command_line};
    Scenario changed = scenario;
    const auto entries = entries_of(layer->root);
    for (const auto& [key, node] : entries) {
      if (const auto* of_server = find_key(server_keys(), key)) {
        of_server->read(changed, node, origin);
      } else if (const auto* of_model = find_key(model_keys(), key)) {
        of_model->read(changed.defaults, node, origin);
        // Copied, not read again: a thousand models may share one long table.
        for (auto& model : changed.models) of_model->copy(model, changed.defaults);
      } else if (key == "include" || key == "replicas") {
        node.complain("stands in files only");
      } else if (key != "models") {
        node.complain("unknown key");
      }
    }
    for (const auto& [key, node] : entries) {
      if (key == "models") apply_models(changed.models, changed.defaults, node, origin);
    }
    return changed;
  });
}

}  // namespace hopcost::mockserver
