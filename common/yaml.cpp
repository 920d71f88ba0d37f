#include "common/yaml.hpp"

#include <charconv>
#include <cmath>
#include <fstream>
#include <set>
#include <sstream>

#include <fmt/format.h>

#include "common/environment.hpp"
#include "common/units.hpp"

namespace hopcost {

/// How far a walk through a document has come. An anchor may hold itself, and few lines of them a
/// billion values.
struct YamlNode::Walk {
  const YamlNode* root;
  std::size_t* left;
  int depth = 0;

  [[nodiscard]] Walk deeper() const {
    constexpr int kDeepest = 100;
    if (depth == kDeepest || *left == 0) root->complain("holds too much, or itself");
    --*left;
    return {root, left, depth + 1};
  }
  /// The same values, none of them an alias.
  [[nodiscard]] YAML::Node unshared(const YAML::Node& node) const {
    if (node.IsMap()) {
      YAML::Node copy(YAML::NodeType::Map);
      for (const auto& entry : node) {
        copy[entry.first.Scalar()] = deeper().unshared(entry.second);
      }
      return copy;
    }
    if (node.IsSequence()) {
      YAML::Node copy(YAML::NodeType::Sequence);
      for (const auto& item : node) copy.push_back(deeper().unshared(item));
      return copy;
    }
    return node.IsScalar() ? YAML::Node(node.Scalar()) : YAML::Node();
  }
};

namespace {

constexpr std::size_t kMostValues = 100'000;

}  // namespace

YamlNode& YamlNode::operator=(const YamlNode& other) {
  node_.reset(other.node_);
  file_ = other.file_;
  path_ = other.path_;
  line_ = other.line_;
  return *this;
}

std::string YamlNode::where() const {
  const auto mark = node_.IsDefined() ? node_.Mark() : YAML::Mark::null_mark();
  const int line = line_ > 0 || mark.is_null() ? line_ : mark.line + 1;
  std::string text = line > 0 ? fmt::format("{}:{}", file_, line) : file_;
  if (!path_.empty()) text += ": " + path_;
  return text;
}

void YamlNode::complain(const std::string& message) const {
  throw ErrorException(Error{ErrorCode::usage, message, where()});
}

std::string YamlNode::as_string() const {
  if (!node_.IsScalar()) complain("must be a text");
  return node_.Scalar();
}

bool YamlNode::as_bool() const {
  const std::string text = as_string();
  if (text == "true") return true;
  if (text == "false") return false;
  complain(fmt::format("must be true or false, not '{}'", text));
}

std::int64_t YamlNode::as_int(std::int64_t at_least, std::int64_t at_most) const {
  const std::string text = as_string();
  std::int64_t value = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (ec != std::errc{} || end != text.data() + text.size()) {
    complain(fmt::format("must be a whole number, not '{}'", text));
  }
  if (value < at_least || value > at_most) {
    complain(fmt::format("must be from {} to {}, not {}", at_least, at_most, value));
  }
  return value;
}

double YamlNode::as_double() const {
  const std::string text = as_string();
  double value = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (ec != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) {
    complain(fmt::format("must be a number, not '{}'", text));
  }
  return value;
}

Nanos YamlNode::as_duration() const {
  const auto value = parse_duration(as_string());
  if (!value) complain(value.error().message);
  return *value;
}

std::vector<YamlNode> YamlNode::items() const {
  if (!node_.IsSequence()) complain("must be a list");
  std::vector<YamlNode> list;
  for (std::size_t i = 0; i < node_.size(); ++i) {
    list.emplace_back(node_[i], file_, fmt::format("{}[{}]", path_, i));
  }
  return list;
}

std::vector<std::pair<std::string, YamlNode>> YamlNode::entries() const {
  if (!node_.IsMap()) complain("must be a map of names to values");
  std::vector<std::pair<std::string, YamlNode>> list;
  std::set<std::string> seen;
  for (const auto& entry : node_) {
    const YamlNode key(entry.first, file_, path_);
    const std::string name = key.as_string();
    if (!seen.insert(name).second) key.complain(fmt::format("'{}' stands here twice", name));
    const std::string path = path_.empty() ? name : fmt::format("{}.{}", path_, name);
    list.emplace_back(name, YamlNode(entry.second, file_, path, entry.first.Mark().line + 1));
  }
  return list;
}

YamlFields YamlNode::fields() const {
  return YamlFields(*this);
}

std::optional<YamlNode> YamlNode::at(std::string_view dotted) const {
  YamlNode here = *this;
  while (!dotted.empty()) {
    const auto dot = dotted.find('.');
    if (!here.is_map()) return std::nullopt;
    auto next = here.fields().take(dotted.substr(0, dot));
    if (!next) return std::nullopt;
    here = *next;
    dotted.remove_prefix(dot == std::string_view::npos ? dotted.size() : dot + 1);
  }
  return here;
}

void YamlNode::fill_in_environment() {
  std::size_t left = kMostValues;
  fill_in_environment(Walk{this, &left});
}

void YamlNode::fill_in_environment(Walk walk) {
  if (is_map()) {
    for (auto& [key, value] : entries()) value.fill_in_environment(walk.deeper());
  } else if (is_sequence()) {
    for (auto& item : items()) item.fill_in_environment(walk.deeper());
  } else if (!is_null()) {
    const auto filled = with_environment(as_string());
    if (!filled) complain(fmt::format("the variable {} is not set", filled.error()));
    if (*filled != as_string()) set(*filled);
  }
}

void YamlNode::set(const std::string& text) {
  node_ = text;
}

void YamlNode::set(const std::string& key, const YamlNode& value) {
  node_[key] = value.node_;
}

std::string YamlNode::text() const {
  std::size_t left = kMostValues;
  return YAML::Dump(Walk{this, &left}.unshared(node_)) + "\n";
}

YamlFields::YamlFields(const YamlNode& map) : map_(map), rest_(map.entries()) {}

std::optional<YamlNode> YamlFields::take(std::string_view key) {
  for (auto it = rest_.begin(); it != rest_.end(); ++it) {
    if (it->first != key) continue;
    YamlNode node = it->second;
    rest_.erase(it);
    return node;
  }
  return std::nullopt;
}

YamlNode YamlFields::require(std::string_view key) {
  auto node = take(key);
  if (!node) map_.complain(fmt::format("'{}' is missing", key));
  return *node;
}

void YamlFields::finish() const {
  if (!rest_.empty()) rest_.front().second.complain("unknown key");
}

Result<YamlNode> load_yaml(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  // A directory opens and then fails to read; the peek tells that from an empty file.
  if (in && in.peek() != std::ifstream::traits_type::eof()) text << in.rdbuf();
  if (!in.is_open() || in.bad() || text.bad()) {
    return fail(ErrorCode::usage, "cannot be read", file.string());
  }
  return parse_yaml(text.str(), file.string());
}

Result<YamlNode> parse_yaml(const std::string& text, const std::string& file_name) {
  try {
    return YamlNode(YAML::Load(text), file_name, "");
  } catch (const YAML::Exception& e) {
    return fail(ErrorCode::usage, e.msg, fmt::format("{}:{}", file_name, e.mark.line + 1));
  }
}

}  // namespace hopcost
