// Any text is a document or one error with file and line; walking a document leaves it as it was.

#include <string>

#include "common/yaml.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

using namespace hopcost;

constexpr int kDeepest = 24;  // aliases may form circles

/// The document as text of our own. `budget` bounds what repeated aliases can unfold to.
std::string show(const YamlNode& node, int& budget, int depth = 0) {
  if (--budget < 0 || depth > kDeepest) return "...";
  if (node.is_null()) return "~";
  std::string text;
  if (node.is_sequence()) {
    for (const auto& item : node.items()) text += show(item, budget, depth + 1) + ",";
    return "[" + text + "]";
  }
  if (node.is_map()) {
    for (const auto& [key, value] : node.entries()) {
      text += key + ":" + show(value, budget, depth + 1) + ",";
    }
    return "{" + text + "}";
  }
  return "'" + node.as_string() + "'";
}

Result<std::string> show(const YamlNode& node) {
  return catch_errors([&] {
    int budget = 2000;
    return show(node, budget);
  });
}

/// Reads the scalar as everything it might be; takes a map's keys from the last to the first.
void read_as_everything(const YamlNode& node) {
  const auto attempt = [&](auto read) {
    const auto result = catch_errors([&]() -> bool {
      read();
      return true;
    });
    if (!result) {
      fuzz::expect(result.error().where.starts_with("f.yaml"), "a complaint names the file");
      fuzz::expect(!result.error().message.empty(), "a complaint says something");
    }
  };
  attempt([&] { (void)node.as_bool(); });
  attempt([&] {
    const auto value = node.as_int(-5, 1000);
    fuzz::expect(value >= -5 && value <= 1000, "a number is in the range asked for");
  });
  attempt([&] { (void)node.as_double(); });
  attempt([&] { fuzz::expect(node.as_duration() >= 0, "a duration is not negative"); });
  attempt([&] { (void)node.items(); });
  attempt([&] {
    auto fields = node.fields();
    const auto entries = node.entries();
    for (std::size_t i = entries.size(); i-- > 0;) {
      fuzz::expect(fields.take(entries[i].first).has_value(), "a key that is there is found");
      fuzz::expect(!fields.take(entries[i].first).has_value(), "a key is taken once");
    }
    fields.finish();
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size > 4096) return 0;
  const auto root = parse_yaml(std::string(fuzz::text_of(bytes, size)), "f.yaml");
  if (!root) {
    fuzz::expect(root.error().where.starts_with("f.yaml:"), "a syntax error has a place");
    fuzz::expect(root.error().exit_code() == 64, "a syntax error is a usage error");
    return 0;
  }
  const auto before = show(*root);
  read_as_everything(*root);
  if (root->is_map()) {
    const auto entries = catch_errors([&] { return root->entries(); });
    if (entries) {
      for (const auto& [key, node] : *entries) read_as_everything(node);
    }
  }
  const auto after = show(*root);
  fuzz::expect(before.has_value() == after.has_value() && (!before || *before == *after),
               "reading does not change the document");
  // Anchors may hold themselves: refused, not followed.
  auto copy = *root;
  const auto text = catch_errors([&] { return copy.text(); });
  fuzz::expect(text || !text.error().message.empty(), "what cannot be written says why");
  (void)catch_errors([&] {
    copy.fill_in_environment();
    return true;
  });
  return 0;
}
