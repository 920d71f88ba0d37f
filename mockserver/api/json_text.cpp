#include "mockserver/api/json_text.hpp"

namespace hopcost::mockserver {
namespace {

using nlohmann::ordered_json;

constexpr auto kReplace = ordered_json::error_handler_t::replace;

bool is_plain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x7f && c != '"' && c != '\\';
}

void append_spaced(std::string& out, const ordered_json& value) {
  if (value.is_object()) {
    out += '{';
    std::string_view before;
    for (const auto& [key, member] : value.get_ref<const ordered_json::object_t&>()) {
      out += before;
      append_quoted(out, key);
      out += ": ";
      append_spaced(out, member);
      before = ", ";
    }
    out += '}';
  } else if (value.is_array()) {
    out += '[';
    std::string_view before;
    for (const auto& element : value) {
      out += before;
      append_spaced(out, element);
      before = ", ";
    }
    out += ']';
  } else {
    out += value.dump(-1, ' ', false, kReplace);
  }
}

}  // namespace

void append_escaped(std::string& out, std::string_view text) {
  std::size_t plain = 0;
  while (plain < text.size() && is_plain(text[plain])) ++plain;
  if (plain == text.size()) {
    out += text;
    return;
  }
  // Rare: what needs an escape, or a check that it is UTF-8, takes the library's way.
  const std::string quoted = ordered_json(text).dump(-1, ' ', false, kReplace);
  out.append(quoted, 1, quoted.size() - 2);
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  append_escaped(out, text);
  out += '"';
}

std::string spaced_text(const ordered_json& value) {
  std::string out;
  append_spaced(out, value);
  return out;
}

}  // namespace hopcost::mockserver
