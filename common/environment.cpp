#include "common/environment.hpp"

#include <cstdlib>
#include <optional>

namespace hopcost {
namespace {

bool begins_name(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

/// How many characters of the text are a variable's name; 0: none is there.
std::size_t name_length(std::string_view text) {
  if (text.empty() || !begins_name(text.front())) return 0;
  std::size_t length = 1;
  while (length < text.size() &&
         (begins_name(text[length]) || (text[length] >= '0' && text[length] <= '9'))) {
    ++length;
  }
  return length;
}

/// A variable at the beginning of a text: what of it is meant, and how long that is.
struct Reference {
  std::string name;
  std::optional<std::string_view> otherwise;
  std::size_t length = 0;
};

/// `text` begins behind the dollar sign.
std::optional<Reference> reference_at(std::string_view text) {
  const bool braced = text.starts_with('{');
  const auto name = name_length(text.substr(braced ? 1 : 0));
  if (name == 0) return std::nullopt;
  if (!braced) return Reference{std::string(text.substr(0, name)), std::nullopt, name};
  const auto end = text.find('}');
  if (end == std::string_view::npos) return std::nullopt;
  Reference found{std::string(text.substr(1, name)), std::nullopt, end + 1};
  const auto rest = text.substr(1 + name, end - 1 - name);
  if (rest.starts_with(":-")) {
    found.otherwise = rest.substr(2);
  } else if (!rest.empty()) {
    return std::nullopt;
  }
  return found;
}

}  // namespace

std::expected<std::string, std::string> with_environment(std::string_view text) {
  std::string filled;
  while (true) {
    const auto dollar = text.find('$');
    filled += text.substr(0, dollar);
    if (dollar == std::string_view::npos) return filled;
    text.remove_prefix(dollar + 1);
    const auto found = reference_at(text);
    if (!found) {
      filled += '$';
      continue;
    }
    const char* const value = std::getenv(found->name.c_str());
    if (value != nullptr && *value != '\0') {
      filled += value;
    } else if (found->otherwise) {
      filled += *found->otherwise;
    } else {
      return std::unexpected(found->name);
    }
    text.remove_prefix(found->length);
  }
}

}  // namespace hopcost
