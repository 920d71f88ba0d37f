#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

// The parts of instance_of(): what a JSON Schema says, read leniently, because schemas come from
// requests and may hold anything.

namespace hopcost::mockserver::detail {

using nlohmann::ordered_json;

/// The member, or null where `value` is no object or has none.
[[nodiscard]] const ordered_json* member(const ordered_json& value, const char* key);
[[nodiscard]] bool has(const ordered_json& value, const char* key);
/// The member where it is a finite number.
[[nodiscard]] const double* number_member(const ordered_json& value, const char* key,
                                          double& storage);
/// A count (minItems, ...), at most `most`; `otherwise` where there is none.
[[nodiscard]] std::size_t count_member(const ordered_json& value, const char* key,
                                       std::size_t otherwise, std::size_t most);

/// What one instance may still cost, in values looked at or made. A schema may ask for more than
/// there is memory for; when nothing is left, the rest of the instance is null.
class SchemaBudget {
 public:
  explicit SchemaBudget(std::size_t units) : left_(units) {}
  [[nodiscard]] bool take(std::size_t units);
  /// Takes what it costs to copy `value`.
  [[nodiscard]] bool take_copy(const ordered_json& value);
  [[nodiscard]] std::size_t left() const { return left_; }

 private:
  std::size_t left_;
};

/// `base` with everything that `extra` says: properties and required together, the narrower limit
/// of two, and what cannot be put together as a further part of allOf. Null if the budget is gone.
[[nodiscard]] ordered_json merged(ordered_json base, const ordered_json& extra,
                                  SchemaBudget& budget);

/// The schema's type: the first of a list that is not null, else what its keywords are about;
/// "" where anything goes.
[[nodiscard]] std::string_view type_of(const ordered_json& schema);
/// Whether nothing but null satisfies it.
[[nodiscard]] bool is_null_schema(const ordered_json& schema);
/// Whether null satisfies it by its type.
[[nodiscard]] bool may_be_null(const ordered_json& schema);

/// Values without parts. `variant` makes values that differ where they can.
[[nodiscard]] ordered_json string_value(const ordered_json& schema, std::uint64_t variant);
[[nodiscard]] ordered_json number_value(const ordered_json& schema, std::uint64_t variant,
                                        bool whole);

}  // namespace hopcost::mockserver::detail
