#include <algorithm>
#include <string>
#include <unordered_set>
#include <vector>

#include "mockserver/api/answer.hpp"
#include "mockserver/api/schema.hpp"

namespace hopcost::mockserver {
namespace detail {
namespace {

constexpr std::size_t kBudget = 100'000;
/// From here on nothing is made that the schema does not insist on.
constexpr std::size_t kSparingBudget = kBudget / 2;
constexpr int kSparingDepth = 20;
constexpr int kMaxDepth = 48;
constexpr std::size_t kMaxItems = 256;

/// Keywords beside $ref and the like that say nothing about the value.
bool is_note(std::string_view key) {
  return key == "description" || key == "title" || key == "default" || key == "examples" ||
         key == "$defs" || key == "definitions" || key == "$schema" || key == "$id" ||
         key == "discriminator" || key == "$comment" || key == "deprecated" || key == "strict";
}

class InstanceBuilder {
 public:
  explicit InstanceBuilder(const ordered_json& root) : root_(root) {}

  ordered_json build(const ordered_json& schema, int depth, std::uint64_t variant) {
    if (!budget_.take(1) || depth > kMaxDepth) return nullptr;
    if (schema.is_boolean() && !schema.get<bool>()) return nullptr;
    if (!schema.is_object()) return string_value(ordered_json::object(), variant);
    if (const auto* value = member(schema, "const")) return copy(*value);
    if (const auto* choices = member(schema, "enum");
        choices != nullptr && choices->is_array() && !choices->empty()) {
      return copy((*choices)[variant % choices->size()]);
    }
    if (has(schema, "$ref")) return build_reference(schema, depth, variant);
    if (has(schema, "allOf")) return build_all(schema, depth, variant);
    for (const char* key : {"anyOf", "oneOf"}) {
      const auto* alternatives = member(schema, key);
      if (alternatives == nullptr || !alternatives->is_array() || alternatives->empty()) continue;
      return build_with(schema, key, pick(*alternatives, depth), depth, variant);
    }
    return build_typed(schema, depth, variant);
  }

 private:
  bool sparing(int depth) const { return depth > kSparingDepth || budget_.left() < kSparingBudget; }

  ordered_json copy(const ordered_json& value) {
    return budget_.take_copy(value) ? value : ordered_json(nullptr);
  }

  /// What a local reference points to; null where it is none of this document.
  const ordered_json* resolve(const ordered_json& reference) {
    if (!reference.is_string()) return nullptr;
    const auto& text = reference.get_ref<const std::string&>();
    if (text.empty() || text[0] != '#' || !budget_.take(text.size() / 16)) return nullptr;
    const ordered_json* at = &root_;
    std::size_t begin = 1;
    while (begin < text.size()) {
      if (text[begin] != '/') return nullptr;
      const std::size_t end = std::min(text.find('/', begin + 1), text.size());
      at = step_to(*at, unescaped(text.substr(begin + 1, end - begin - 1)));
      if (at == nullptr) return nullptr;
      begin = end;
    }
    return at;
  }

  static std::string unescaped(const std::string& part) {
    std::string text;
    for (std::size_t i = 0; i < part.size(); ++i) {
      const bool escape = part[i] == '~' && i + 1 < part.size();
      text += !escape ? part[i] : part[++i] == '1' ? '/' : '~';
    }
    return text;
  }

  const ordered_json* step_to(const ordered_json& value, const std::string& name) {
    if (!budget_.take(1 + value.size() / 16)) return nullptr;
    if (value.is_object()) return member(value, name.c_str());
    if (!value.is_array() || name.empty() || name.size() > 6 ||
        !std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; })) {
      return nullptr;
    }
    const auto index = static_cast<std::size_t>(std::stoul(name));
    return index < value.size() ? &value[index] : nullptr;
  }

  /// Whether making this would begin again something that is being made: a list's next node.
  bool recurs(const ordered_json& schema) {
    const auto* reference = member(schema, "$ref");
    if (reference == nullptr) {
      const auto* parts = member(schema, "allOf");
      if (parts == nullptr || !parts->is_array() || parts->size() != 1) return false;
      reference = member(parts->front(), "$ref");
      if (reference == nullptr) return false;
    }
    const auto* target = resolve(*reference);
    return target != nullptr &&
           (target == &root_ || std::find(active_.begin(), active_.end(), target) != active_.end());
  }

  /// The alternative that is most of a value, unless it recurs or there is little left to spend.
  const ordered_json& pick(const ordered_json& alternatives, int depth) {
    const ordered_json* null = nullptr;
    const ordered_json* plain = nullptr;
    const ordered_json* good = nullptr;
    for (const auto& one : alternatives) {
      if (!budget_.take(1)) break;
      if (is_null_schema(one)) {
        if (null == nullptr) null = &one;
      } else if (!recurs(one) && !(one.is_boolean() && !one.get<bool>())) {
        if (good == nullptr) good = &one;
        const auto type = type_of(one);
        const bool has_parts = type == "object" || type == "array" || type.empty();
        if (plain == nullptr && !has_parts) plain = &one;
      }
    }
    if (sparing(depth)) {
      if (null != nullptr) return *null;
      if (plain != nullptr) return *plain;
    }
    if (good != nullptr) return *good;
    return null != nullptr ? *null : alternatives.front();
  }

  /// `schema` without `key`, and with what `part` says.
  ordered_json build_with(const ordered_json& schema, const char* key, const ordered_json& part,
                          int depth, std::uint64_t variant) {
    const auto& members = schema.get_ref<const ordered_json::object_t&>();
    const bool alone = std::all_of(members.begin(), members.end(), [key](const auto& pair) {
      return pair.first == key || is_note(pair.first);
    });
    if (alone) return build(part, depth + 1, variant);
    if (!budget_.take_copy(schema)) return nullptr;
    ordered_json rest = schema;
    rest.erase(key);
    rest = merged(std::move(rest), part, budget_);
    return rest.is_null() ? rest : build(rest, depth + 1, variant);
  }

  ordered_json build_reference(const ordered_json& schema, int depth, std::uint64_t variant) {
    const auto* target = resolve(schema.at("$ref"));
    static const ordered_json kAnything = ordered_json::object();
    if (target == nullptr) target = &kAnything;
    active_.push_back(target);
    auto value = build_with(schema, "$ref", *target, depth, variant);
    active_.pop_back();
    return value;
  }

  ordered_json build_all(const ordered_json& schema, int depth, std::uint64_t variant) {
    const auto* parts = member(schema, "allOf");
    if (parts->is_array() && parts->size() == 1) {
      return build_with(schema, "allOf", parts->front(), depth, variant);
    }
    if (!budget_.take_copy(schema)) return nullptr;
    ordered_json whole = schema;
    whole.erase("allOf");
    const std::size_t active = active_.size();
    if (parts->is_array()) {
      for (const auto& part : *parts) {
        const auto* resolved = &part;
        const bool only_reference = part.is_object() && part.size() == 1 && has(part, "$ref");
        if (only_reference) {
          if (const auto* target = resolve(part.at("$ref"))) {
            resolved = target;
            active_.push_back(target);
          }
        }
        whole = merged(std::move(whole), *resolved, budget_);
        if (whole.is_null()) break;
      }
    }
    auto value = whole.is_null() ? whole : build(whole, depth + 1, variant);
    active_.resize(active);
    return value;
  }

  ordered_json build_typed(const ordered_json& schema, int depth, std::uint64_t variant) {
    if (sparing(depth) && may_be_null(schema)) return nullptr;
    const auto type = type_of(schema);
    if (type == "object") return build_object(schema, depth);
    if (type == "array") return build_array(schema, depth);
    if (type == "integer" || type == "number") {
      return number_value(schema, variant, type == "integer");
    }
    if (type == "boolean") return variant % 2 == 0;
    if (type == "null") return nullptr;
    auto text = string_value(schema, variant + words_++);
    return budget_.take_copy(text) ? text : ordered_json(nullptr);
  }

  ordered_json build_object(const ordered_json& schema, int depth) {
    std::unordered_set<std::string_view> required;
    std::vector<std::string_view> names;
    if (const auto* list = member(schema, "required"); list != nullptr && list->is_array()) {
      for (const auto& name : *list) {
        if (!budget_.take(1)) break;
        if (!name.is_string()) continue;
        const std::string_view text = name.get_ref<const std::string&>();
        if (required.insert(text).second) names.push_back(text);
      }
    }
    const std::size_t most = count_member(schema, "maxProperties", kMaxItems * 4, kMaxItems * 4);
    const auto* properties = member(schema, "properties");
    const bool all = !sparing(depth) && (properties == nullptr || properties->size() <= most);
    std::unordered_set<std::string_view> made;
    auto object = ordered_json::object();
    // Straight to the end: the names are known to differ, and a search for each would add up.
    auto& members = object.get_ref<ordered_json::object_t&>();
    if (properties != nullptr && properties->is_object()) {
      for (const auto& [name, value] : properties->get_ref<const ordered_json::object_t&>()) {
        if (!budget_.take(1 + name.size() / 16)) break;
        const bool needed = required.contains(name);
        if (!needed && (!all || recurs(value) || value == false)) continue;
        if (!made.insert(name).second) continue;
        members.emplace_back(name, build(value, depth + 1, 0));
      }
    }
    const auto* others = member(schema, "additionalProperties");
    static const ordered_json kAnything = ordered_json::object();
    if (others == nullptr || !others->is_object()) others = &kAnything;
    for (const auto name : names) {
      if (made.contains(name)) continue;
      if (!budget_.take(1 + name.size() / 16)) break;
      members.emplace_back(std::string(name), build(*others, depth + 1, 0));
    }
    const std::size_t least = count_member(schema, "minProperties", 0, kMaxItems);
    for (std::size_t i = 0; members.size() < std::min(least, most) && budget_.left() > 0; ++i) {
      std::string name = "key" + std::to_string(i);
      if (made.contains(name) || required.contains(name)) continue;
      members.emplace_back(std::move(name), build(*others, depth + 1, i));
    }
    return object;
  }

  ordered_json build_array(const ordered_json& schema, int depth) {
    auto array = ordered_json::array();
    const std::size_t most = count_member(schema, "maxItems", kMaxItems, kMaxItems);
    const std::size_t least = std::min(count_member(schema, "minItems", 0, kMaxItems), most);
    const auto* items = member(schema, "items");
    const auto* places = member(schema, "prefixItems");
    if (items != nullptr && items->is_array()) {  // as older drafts say prefixItems
      places = items;
      items = member(schema, "additionalItems");
    }
    if (places != nullptr && places->is_array()) {
      for (const auto& place : *places) {
        if (array.size() >= most || (sparing(depth) && array.size() >= least)) break;
        if (budget_.left() == 0) break;
        array.push_back(build(place, depth + 1, array.size()));
      }
    }
    static const ordered_json kAnything = ordered_json::object();
    const bool closed = items != nullptr && *items == false;
    std::size_t wanted = least;
    if (items != nullptr && items->is_object() && places == nullptr && !sparing(depth) &&
        !recurs(*items)) {
      wanted = std::max<std::size_t>(least, std::min<std::size_t>(most, 2));
      if (const auto* unique = member(schema, "uniqueItems");
          unique != nullptr && *unique == true) {
        wanted = std::max<std::size_t>(least, std::min<std::size_t>(most, 1));
      }
    }
    if (items == nullptr || !items->is_object()) items = &kAnything;
    while (!closed && array.size() < wanted && budget_.left() > 0) {
      array.push_back(build(*items, depth + 1, array.size()));
    }
    return array;
  }

  const ordered_json& root_;
  SchemaBudget budget_{kBudget};
  std::vector<const ordered_json*> active_;  ///< references being made
  std::uint64_t words_ = 0;                  ///< strings made: the next begins at another word
};

}  // namespace
}  // namespace detail

nlohmann::ordered_json instance_of(const nlohmann::ordered_json& schema) {
  return detail::InstanceBuilder(schema).build(schema, 0, 0);
}

}  // namespace hopcost::mockserver
