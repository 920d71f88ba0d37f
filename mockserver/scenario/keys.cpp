#include "mockserver/scenario/keys.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "common/units.hpp"

namespace hopcost::mockserver {
namespace {

constexpr std::size_t kMaxName = 256;

}  // namespace

std::uint32_t read_number(const YamlNode& node, std::uint32_t at_least, std::uint32_t at_most) {
  return static_cast<std::uint32_t>(node.as_int(at_least, at_most));
}

Nanos read_duration(const YamlNode& node, Nanos at_most) {
  const Nanos value = node.as_duration();
  if (value > at_most) node.complain("must be at most " + duration_text(at_most));
  return value;
}

bool has_control_character(std::string_view text) {
  return std::ranges::any_of(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

void check_name(std::string_view name, const YamlNode& place) {
  if (name.empty()) place.complain("a name cannot be empty");
  if (name.size() > kMaxName) place.complain(fmt::format("is longer than {} bytes", kMaxName));
  if (has_control_character(name)) place.complain("holds a control character");
}

std::string read_name(const YamlNode& node) {
  std::string name = node.as_string();
  check_name(name, node);
  return name;
}

}  // namespace hopcost::mockserver
