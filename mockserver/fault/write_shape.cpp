#include "mockserver/fault/write_shape.hpp"

#include <algorithm>
#include <array>

namespace hopcost::mockserver {
namespace {

/// How many bytes the character that `lead` begins has; 1 for anything that begins none.
std::size_t character_size(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  if (byte >= 0xf0 && byte <= 0xf4) return 4;
  if (byte >= 0xe0 && byte < 0xf0) return 3;
  if (byte >= 0xc2 && byte < 0xe0) return 2;
  return 1;
}

/// An end inside the first multi-byte character that starts in [begin, end), or `end`.
std::size_t inside_character(std::string_view bytes, std::size_t begin, std::size_t end) {
  for (std::size_t at = begin; at < end; ++at) {
    const std::size_t size = character_size(bytes[at]);
    // Every place inside a character gets its turn.
    if (size > 1) return std::min(end, at + 1 + at % (size - 1));
  }
  return end;
}

bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

void append_word(std::string& out, std::string_view word) {
  constexpr std::array<std::string_view, 3> kCharacters{"\u00e9", "\u6f22", "\U0001f600"};
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  // The literals of JSON: the text may be a JSON document.
  const bool literal = word == "true" || word == "false" || word == "null";
  if (word.empty() || literal || !std::ranges::all_of(word, is_letter)) {
    out += word;
    return;
  }
  out += kCharacters[word.size() % kCharacters.size()];
  out += word.substr(1);
}

/// The place of the quote that ends the JSON string whose content starts at `at`.
std::size_t string_end(std::string_view json, std::size_t at) {
  while (at < json.size() && json[at] != '"') at += json[at] == '\\' ? 2U : 1U;
  return std::min(at, json.size());
}

bool holds_text(std::string_view wire, std::size_t quote, std::string_view key) {
  if (key == "content" || key == "text") return true;
  if (key != "delta") return false;
  // The responses format streams a call's arguments as "delta" too; the final ones have no such key
  // and must be the same.
  const std::size_t line = wire.rfind('\n', quote);
  const std::string_view before = wire.substr(line == std::string_view::npos ? 0 : line,
                                              quote - (line == std::string_view::npos ? 0 : line));
  return before.find("function_call_arguments") == std::string_view::npos;
}

}  // namespace

std::size_t slice_end(std::string_view bytes, std::size_t begin, const WriteShape& shape) {
  const std::size_t rest = bytes.size() - begin;
  const std::size_t end =
      begin + (shape.bytes == 0 ? rest : std::min<std::size_t>(shape.bytes, rest));
  return shape.split_utf8 ? inside_character(bytes, begin, end) : end;
}

std::vector<std::size_t> slice_points(std::string_view bytes, const WriteShape& shape) {
  std::vector<std::size_t> ends;
  for (std::size_t at = 0; at < bytes.size();) {
    at = slice_end(bytes, at, shape);
    ends.push_back(at);
  }
  return ends;
}

void append_multibyte(std::string& out, std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    std::size_t end = at;
    while (end < text.size() && !is_space(text[end])) ++end;
    append_word(out, text.substr(at, end - at));
    if (end < text.size()) out += text[end++];
    at = end;
  }
}

std::string multibyte_wire(std::string_view wire) {
  std::string out;
  out.reserve(wire.size() + wire.size() / 4);
  std::size_t at = 0;
  while (at < wire.size()) {
    const std::size_t quote = std::min(wire.find('"', at), wire.size());
    const std::size_t end = string_end(wire, std::min(quote + 1, wire.size()));
    const std::size_t after = std::min(end + 1, wire.size());
    out += wire.substr(at, after - at);
    at = after;
    if (!wire.substr(after).starts_with(":\"")) continue;
    if (!holds_text(wire, quote, wire.substr(quote + 1, end - quote - 1))) continue;
    const std::size_t value_end = string_end(wire, after + 2);
    out += ":\"";
    append_multibyte(out, wire.substr(after + 2, value_end - after - 2));
    at = std::min(value_end + 1, wire.size());
    out += wire.substr(value_end, at - value_end);
  }
  return out;
}

}  // namespace hopcost::mockserver
