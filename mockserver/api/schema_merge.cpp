#include <algorithm>
#include <cmath>

#include "mockserver/api/schema.hpp"

namespace hopcost::mockserver::detail {
namespace {

constexpr std::size_t kBytesPerUnit = 16;

/// Keywords of which a narrower one of two holds.
bool is_lower_limit(std::string_view key) {
  return key == "minimum" || key == "exclusiveMinimum" || key == "minLength" || key == "minItems" ||
         key == "minProperties";
}

bool is_upper_limit(std::string_view key) {
  return key == "maximum" || key == "exclusiveMaximum" || key == "maxLength" || key == "maxItems" ||
         key == "maxProperties";
}

/// Keywords that cannot be put together, so that both have to be looked at one after the other.
bool stands_alone(std::string_view key) {
  return key == "anyOf" || key == "oneOf" || key == "allOf" || key == "$ref" || key == "items";
}

/// Both hold. Built without list braces, which would make pairs of strings into objects.
ordered_json both(ordered_json one, const ordered_json& other) {
  auto list = ordered_json::array();
  list.push_back(std::move(one));
  list.push_back(other);
  auto schema = ordered_json::object();
  schema["allOf"] = std::move(list);
  return schema;
}

void add_part(ordered_json& base, const std::string& key, const ordered_json& value) {
  auto part = ordered_json::object();
  part[key] = value;
  auto& parts = base["allOf"];
  if (!parts.is_array()) parts = ordered_json::array();
  parts.push_back(std::move(part));
}

void merge_properties(ordered_json& ours, const ordered_json& theirs) {
  for (const auto& [name, schema] : theirs.get_ref<const ordered_json::object_t&>()) {
    const auto same = ours.find(name);
    if (same == ours.end()) {
      ours[name] = schema;
    } else {
      *same = both(std::move(*same), schema);
    }
  }
}

void merge_key(ordered_json& base, const std::string& key, const ordered_json& value) {
  const auto found = base.find(key);
  if (found == base.end()) {
    base[key] = value;
    return;
  }
  ordered_json& ours = *found;
  if (key == "properties" && ours.is_object() && value.is_object()) {
    merge_properties(ours, value);
  } else if (key == "required" && ours.is_array() && value.is_array()) {
    for (const auto& name : value) ours.push_back(name);
  } else if (key == "allOf" && ours.is_array() && value.is_array()) {
    for (const auto& part : value) ours.push_back(part);
  } else if (is_lower_limit(key) && ours.is_number() && value.is_number()) {
    if (value.get<double>() > ours.get<double>()) ours = value;
  } else if (is_upper_limit(key) && ours.is_number() && value.is_number()) {
    if (value.get<double>() < ours.get<double>()) ours = value;
  } else if (stands_alone(key)) {
    if (ours != value) add_part(base, key, value);
  } else {
    ours = value;
  }
}

}  // namespace

const ordered_json* member(const ordered_json& value, const char* key) {
  if (!value.is_object()) return nullptr;
  const auto found = value.find(key);
  return found == value.end() ? nullptr : &*found;
}

bool has(const ordered_json& value, const char* key) {
  return member(value, key) != nullptr;
}

const double* number_member(const ordered_json& value, const char* key, double& storage) {
  const auto* found = member(value, key);
  if (found == nullptr || !found->is_number()) return nullptr;
  storage = found->get<double>();
  return std::isfinite(storage) ? &storage : nullptr;
}

std::size_t count_member(const ordered_json& value, const char* key, std::size_t otherwise,
                         std::size_t most) {
  double storage = 0;
  const double* number = number_member(value, key, storage);
  if (number == nullptr || *number < 0) return otherwise;
  return *number >= static_cast<double>(most) ? most : static_cast<std::size_t>(*number);
}

bool SchemaBudget::take(std::size_t units) {
  const bool enough = units <= left_;
  left_ = enough ? left_ - units : 0;
  return enough;
}

bool SchemaBudget::take_copy(const ordered_json& value) {
  if (value.is_string()) {
    return take(1 + value.get_ref<const std::string&>().size() / kBytesPerUnit);
  }
  if (!take(1)) return false;
  if (value.is_array()) {
    return std::all_of(value.begin(), value.end(),
                       [this](const ordered_json& part) { return take_copy(part); });
  }
  if (!value.is_object()) return true;
  const auto& members = value.get_ref<const ordered_json::object_t&>();
  return std::all_of(members.begin(), members.end(), [this](const auto& pair) {
    return take(pair.first.size() / kBytesPerUnit) && take_copy(pair.second);
  });
}

ordered_json merged(ordered_json base, const ordered_json& extra, SchemaBudget& budget) {
  if (!extra.is_object() || !base.is_object()) return base;
  if (!budget.take_copy(extra)) return nullptr;
  // A property is looked for among all properties.
  const auto* ours = member(base, "properties");
  const auto* theirs = member(extra, "properties");
  if (ours != nullptr && theirs != nullptr &&
      !budget.take(ours->size() * theirs->size() / kBytesPerUnit)) {
    return nullptr;
  }
  for (const auto& [key, value] : extra.get_ref<const ordered_json::object_t&>()) {
    if (!budget.take(base.size() / kBytesPerUnit)) return nullptr;
    merge_key(base, key, value);
  }
  return base;
}

}  // namespace hopcost::mockserver::detail
