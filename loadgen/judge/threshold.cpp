#include "loadgen/judge/threshold.hpp"

#include <fmt/format.h>

namespace hopcost::loadgen {

bool Threshold::is_true_of(double value) const {
  switch (is) {
    case Is::above:
      return value > bound;
    case Is::at_least:
      return value >= bound;
    case Is::below:
      return value < bound;
    default:
      return value <= bound;
  }
}

Result<Threshold> parse_threshold(std::string_view text) {
  std::string plain;
  for (const char c : text) {
    if (c != ' ' && c != '\t') plain += c;
  }
  const auto sign = plain.find_first_of("<>");
  if (sign == std::string::npos || sign == 0) {
    return fail(
        ErrorCode::usage,
        fmt::format("'{}' is not FIGURE>VALUE (or >=, <, <=), such as ttft.p95>500ms", text));
  }
  const bool above = plain[sign] == '>';
  const bool equal = sign + 1 < plain.size() && plain[sign + 1] == '=';
  const auto figure = Figure::parse(plain.substr(0, sign));
  if (!figure) return std::unexpected(figure.error());
  const auto bound = figure->parse_value(plain.substr(sign + (equal ? 2 : 1)));
  if (!bound) return std::unexpected(bound.error());
  const auto is = above ? (equal ? Threshold::Is::at_least : Threshold::Is::above)
                        : (equal ? Threshold::Is::at_most : Threshold::Is::below);
  return Threshold{*figure, is, *bound, plain};
}

}  // namespace hopcost::loadgen
