#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "common/tokens.hpp"
#include "mockserver/api/schema.hpp"

namespace hopcost::mockserver::detail {
namespace {

constexpr std::size_t kMaxString = 10'000;
constexpr std::size_t kWordsOfString = 2;
/// Whole numbers up to here are exact, whoever reads them.
constexpr double kMaxExact = 9'007'199'254'740'992.0;

std::string text_of_format(std::string_view format, std::uint64_t variant) {
  const auto n = variant % 90;
  if (format == "date-time") return fmt::format("2024-05-17T09:30:{:02}Z", n % 60);
  if (format == "date") return fmt::format("2024-05-{:02}", 1 + n % 28);
  if (format == "time") return fmt::format("09:30:{:02}Z", n % 60);
  if (format == "duration") return fmt::format("P{}D", 1 + n);
  if (format == "email" || format == "idn-email") return fmt::format("river{}@example.com", n);
  if (format == "hostname" || format == "idn-hostname") return fmt::format("host{}.example.com", n);
  if (format == "ipv4") return fmt::format("192.0.2.{}", 1 + n);
  if (format == "ipv6") return fmt::format("2001:db8::{:x}", 1 + n);
  if (format == "uuid") return fmt::format("00000000-0000-4000-8000-0000000000{:02}", n);
  if (format == "uri" || format == "url" || format == "iri") {
    return fmt::format("https://example.com/{}", n);
  }
  if (format == "uri-reference" || format == "json-pointer") return fmt::format("/{}", n);
  return {};
}

/// The lowest and highest value allowed; an open end is moved in by `step`.
struct Range {
  const double* low = nullptr;
  const double* high = nullptr;
  double low_storage = 0;
  double high_storage = 0;
  bool low_open = false;
  bool high_open = false;

  Range(const Range&) = delete;
  Range& operator=(const Range&) = delete;

  explicit Range(const ordered_json& schema) {
    low = number_member(schema, "minimum", low_storage);
    high = number_member(schema, "maximum", high_storage);
    double open = 0;
    if (number_member(schema, "exclusiveMinimum", open) != nullptr &&
        (low == nullptr || open >= *low)) {
      low_storage = open;
      low = &low_storage;
      low_open = true;
    }
    if (number_member(schema, "exclusiveMaximum", open) != nullptr &&
        (high == nullptr || open <= *high)) {
      high_storage = open;
      high = &high_storage;
      high_open = true;
    }
    // Draft 4 has flags instead.
    const auto flag = [&](const char* key) {
      const auto* found = member(schema, key);
      return found != nullptr && found->is_boolean() && found->get<bool>();
    };
    low_open = low_open || flag("exclusiveMinimum");
    high_open = high_open || flag("exclusiveMaximum");
  }
};

double whole_in(const Range& range, std::uint64_t variant, double step) {
  double value = 1 + static_cast<double>(variant % 1000);
  if (range.low != nullptr) {
    double low = std::ceil(*range.low);
    if (range.low_open && low <= *range.low) low += 1;
    value = std::max(low, low + static_cast<double>(variant % 1000));
  }
  if (step > 0) value = std::ceil(value / step) * step;
  if (range.high != nullptr) {
    double high = std::floor(*range.high);
    if (range.high_open && high >= *range.high) high -= 1;
    if (step > 0) high = std::floor(high / step) * step;
    value = std::min(value, high);
  }
  return value;
}

double real_in(const Range& range, std::uint64_t variant, double step) {
  if (step > 0) {
    // Of the multiples, zero is exact in any base.
    const bool zero =
        (range.low == nullptr || *range.low < 0 || (*range.low == 0 && !range.low_open)) &&
        (range.high == nullptr || *range.high > 0 || (*range.high == 0 && !range.high_open));
    if (zero) return 0;
    double low = range.low != nullptr ? *range.low : *range.high - step * 2;
    double value = std::ceil(low / step) * step;
    if (range.low_open && range.low != nullptr && value <= *range.low) value += step;
    return value;
  }
  const double shift = static_cast<double>(variant % 1000);
  if (range.low != nullptr && range.high != nullptr) {
    const double share = (1 + static_cast<double>(variant % 7)) / 8;
    return *range.low == *range.high ? *range.low : *range.low * (1 - share) + *range.high * share;
  }
  if (range.low != nullptr) return *range.low + 0.5 + shift;
  if (range.high != nullptr) return std::min(0.5, *range.high - 0.5) - shift;
  return 1.5 + shift;
}

bool list_has(const ordered_json* list, std::string_view text) {
  return list != nullptr && list->is_array() &&
         std::any_of(list->begin(), list->end(), [&](const ordered_json& one) {
           return one.is_string() && one.get_ref<const std::string&>() == text;
         });
}

}  // namespace

std::string_view type_of(const ordered_json& schema) {
  const auto* type = member(schema, "type");
  if (type != nullptr && type->is_string()) return type->get_ref<const std::string&>();
  if (type != nullptr && type->is_array()) {
    for (const auto& one : *type) {
      if (one.is_string() && one.get_ref<const std::string&>() != "null") {
        return one.get_ref<const std::string&>();
      }
    }
    if (!type->empty()) return "null";
  }
  constexpr std::array<std::pair<const char*, std::string_view>, 16> kHints{
      {{"properties", "object"},
       {"required", "object"},
       {"additionalProperties", "object"},
       {"minProperties", "object"},
       {"items", "array"},
       {"prefixItems", "array"},
       {"minItems", "array"},
       {"maxItems", "array"},
       {"minLength", "string"},
       {"maxLength", "string"},
       {"format", "string"},
       {"pattern", "string"},
       {"minimum", "number"},
       {"maximum", "number"},
       {"exclusiveMinimum", "number"},
       {"exclusiveMaximum", "number"}}};
  for (const auto& [key, hint] : kHints) {
    if (has(schema, key)) return hint;
  }
  return "";
}

bool may_be_null(const ordered_json& schema) {
  const auto* type = member(schema, "type");
  if (type != nullptr && type->is_string()) return type->get_ref<const std::string&>() == "null";
  return list_has(type, "null");
}

bool is_null_schema(const ordered_json& schema) {
  const auto* value = member(schema, "const");
  if (value != nullptr) return value->is_null();
  const auto* choices = member(schema, "enum");
  if (choices != nullptr && choices->is_array()) {
    return choices->size() == 1 && choices->front().is_null();
  }
  return may_be_null(schema) && type_of(schema) == "null";
}

ordered_json string_value(const ordered_json& schema, std::uint64_t variant) {
  const auto* format = member(schema, "format");
  if (format != nullptr && format->is_string()) {
    auto text = text_of_format(format->get_ref<const std::string&>(), variant);
    if (!text.empty()) return text;
  }
  const std::size_t least = count_member(schema, "minLength", 0, kMaxString);
  const std::size_t most = count_member(schema, "maxLength", kMaxString, kMaxString);
  std::string text;
  std::uint64_t word = variant;
  for (std::size_t i = 0; i < kWordsOfString; ++i) text += token_text(word++);
  while (text.size() <= least) text += token_text(word++);
  text.erase(0, 1);  // the blank before the first word
  if (text.size() > most) text.resize(most);
  return text;
}

ordered_json number_value(const ordered_json& schema, std::uint64_t variant, bool whole) {
  const Range range(schema);
  double step = 0;
  if (number_member(schema, "multipleOf", step) == nullptr || step <= 0) step = 0;
  double value = whole ? whole_in(range, variant, step) : real_in(range, variant, step);
  if (!std::isfinite(value)) value = 0;
  if (whole) return static_cast<std::int64_t>(std::clamp(value, -kMaxExact, kMaxExact));
  return value;
}

}  // namespace hopcost::mockserver::detail
