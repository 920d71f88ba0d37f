#include "mockserver/scenario/document.hpp"

#include <algorithm>
#include <array>
#include <fstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <simdjson.h>

namespace hopcost::mockserver {
namespace {

constexpr const char* kChangeName = "body";

/// Throws where the text holds more than the bounds allow. Counts a node's children before it looks
/// at them, so that the work is bounded as well.
void spend(const YamlNode& node, std::size_t& budget, int depth) {
  if (depth > kMaxDepth) node.complain(fmt::format("is nested deeper than {}", kMaxDepth));
  const auto take = [&](std::size_t children) {
    if (children > budget) {
      node.complain(fmt::format("holds more than {} values, aliases counted", kMaxNodes));
    }
    budget -= children;
  };
  if (node.is_sequence()) {
    const auto items = node.items();
    take(items.size());
    for (const auto& item : items) spend(item, budget, depth + 1);
  } else if (node.is_map()) {
    const auto entries = node.entries();
    take(entries.size());
    for (const auto& [key, value] : entries) spend(value, budget, depth + 1);
  }
}

void check_bounds(const YamlNode& root) {
  std::size_t budget = kMaxNodes;
  spend(root, budget, 0);
}

std::string read_text(const std::filesystem::path& file) {
  const auto complain = [&](const char* message) {
    throw ErrorException(Error{ErrorCode::usage, message, file.string()});
  };
  std::ifstream in(file, std::ios::binary);
  if (!in.is_open()) complain("cannot be read");
  std::string text;
  for (std::array<char, 65536> part{}; in && text.size() <= kMaxFileBytes;) {
    in.read(part.data(), part.size());
    text.append(part.data(), static_cast<std::size_t>(in.gcount()));
  }
  // A directory opens and then fails to read.
  if (in.bad() || std::filesystem::is_directory(file)) complain("cannot be read");
  if (text.size() > kMaxFileBytes) complain("is longer than 8 MiB");
  if (!simdjson::validate_utf8(text)) complain("is not UTF-8");
  return text;
}

/// Reads files and what they include, depth first.
class IncludeReader {
 public:
  void read(const std::filesystem::path& file) {
    enter(file);
    const auto root = parse_yaml(read_text(file), file.string());
    if (!root) throw ErrorException(root.error());
    check_bounds(*root);
    if (!root->is_null()) {
      for (const auto& [key, node] : root->entries()) {
        if (key != "include") continue;
        if (node.is_sequence()) {
          for (const auto& item : node.items()) include(item, file);
        } else {
          include(node, file);
        }
      }
    }
    layers_.push_back({*root, file.parent_path()});
    open_.pop_back();
  }

  [[nodiscard]] std::vector<Layer> take() { return std::move(layers_); }

 private:
  void include(const YamlNode& node, const std::filesystem::path& from) {
    const std::string name = node.as_string();
    if (name.empty()) node.complain("must be a file's name");
    const auto file = (from.parent_path() / name).lexically_normal();
    std::error_code error;
    const auto same = [&](const std::filesystem::path& other) {
      return std::filesystem::equivalent(file, other, error);
    };
    if (const auto it = std::ranges::find_if(open_, same); it != open_.end()) {
      std::string circle;
      for (auto step = it; step != open_.end(); ++step) circle += step->string() + " -> ";
      node.complain("includes go round in a circle: " + circle + file.string());
    }
    if (!std::filesystem::exists(file, error)) {
      node.complain(fmt::format("'{}' is not there", file.string()));
    }
    read(file);
  }

  void enter(const std::filesystem::path& file) {
    if (++files_ > kMaxFiles) {
      throw ErrorException(Error{ErrorCode::usage,
                                 fmt::format("more than {} files are included", kMaxFiles),
                                 file.string()});
    }
    open_.push_back(file);
  }

  std::vector<std::filesystem::path> open_;  ///< the file being read and those that led to it
  std::vector<Layer> layers_;
  std::size_t files_ = 0;
};

}  // namespace

Result<std::vector<Layer>> read_layers(const std::filesystem::path& file) {
  return catch_errors([&] {
    IncludeReader reader;
    reader.read(file);
    return reader.take();
  });
}

Result<Layer> read_change(std::string_view text) {
  if (text.size() > kMaxChangeBytes)
    return fail(ErrorCode::usage, "is longer than 1 MiB", kChangeName);
  if (!simdjson::validate_utf8(text.data(), text.size())) {
    return fail(ErrorCode::usage, "is not UTF-8", kChangeName);
  }
  auto root = parse_yaml(std::string(text), kChangeName);
  if (!root) {
    // JSON that YAML does not read: pairs of \u escapes, long keys. Written again without them;
    // an error's line is then 1, but its field is right.
    bool too_deep = false;  // writing is recursive, reading is not
    const auto json = nlohmann::json::parse(
        text,
        [&](int depth, nlohmann::json::parse_event_t /*event*/, nlohmann::json& /*value*/) {
          too_deep = too_deep || depth > kMaxDepth;
          return !too_deep;
        },
        false);
    if (json.is_discarded() || too_deep) return std::unexpected(root.error());
    root = parse_yaml(json.dump(), kChangeName);
    if (!root) return std::unexpected(root.error());
  }
  return catch_errors([&] {
    if (!root->is_map()) {
      throw ErrorException(
          Error{ErrorCode::usage, "the body must be a map of names to values", kChangeName});
    }
    check_bounds(*root);
    return Layer{*root, {}};
  });
}

}  // namespace hopcost::mockserver
