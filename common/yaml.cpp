#include "common/yaml.hpp"

#include <charconv>
#include <cmath>
#include <fstream>
#include <set>
#include <sstream>

#include <fmt/format.h>

#include "common/units.hpp"

namespace hopcost {

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
