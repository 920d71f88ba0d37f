#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <yaml-cpp/yaml.h>

#include "common/clock.hpp"
#include "common/error.hpp"

namespace hopcost {

class YamlFields;

/// A value in a YAML file that knows its file, line and path, so that every complaint reads
/// "configs/x.yaml:12: models[0].ttft: must be ...". The accessors throw ErrorException; decode
/// inside `catch_errors`.
class YamlNode {
 public:
  /// `line` counts from 1; 0 takes the line the value starts on, which for a value that is left
  /// out or begins below its key is not where a reader looks.
  YamlNode(YAML::Node node, std::string file, std::string path, int line = 0)
      : node_(std::move(node)), file_(std::move(file)), path_(std::move(path)), line_(line) {}

  YamlNode(const YamlNode&) = default;
  /// Assigning a YAML::Node would write into the document it refers to; this refers to another.
  YamlNode& operator=(const YamlNode& other);
  ~YamlNode() = default;

  [[nodiscard]] bool is_map() const { return node_.IsMap(); }
  [[nodiscard]] bool is_sequence() const { return node_.IsSequence(); }
  [[nodiscard]] bool is_null() const { return !node_.IsDefined() || node_.IsNull(); }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string where() const;
  [[noreturn]] void complain(const std::string& message) const;

  [[nodiscard]] std::string as_string() const;
  [[nodiscard]] bool as_bool() const;
  [[nodiscard]] std::int64_t as_int(
      std::int64_t at_least = std::numeric_limits<std::int64_t>::min(),
      std::int64_t at_most = std::numeric_limits<std::int64_t>::max()) const;
  [[nodiscard]] double as_double() const;
  [[nodiscard]] Nanos as_duration() const;
  [[nodiscard]] std::vector<YamlNode> items() const;                            ///< of a sequence
  [[nodiscard]] std::vector<std::pair<std::string, YamlNode>> entries() const;  ///< of a map
  [[nodiscard]] YamlFields fields() const;
  /// What stands at a path of keys, "data.shared_prefix.output_len"; nothing where nothing does.
  [[nodiscard]] std::optional<YamlNode> at(std::string_view dotted) const;

  /// In its document, what the environment says in place of $NAME, ${NAME} and ${NAME:-text}.
  /// Throws for a variable that is not set, and where an anchor holds itself.
  void fill_in_environment();
  /// Makes it this text, in its document.
  void set(const std::string& text);
  /// Gives a map this key, in place of what it had there.
  void set(const std::string& key, const YamlNode& value);
  /// As YAML that stands alone: what anchors share is written out; a line feed at the end. Throws
  /// where an anchor holds itself.
  [[nodiscard]] std::string text() const;

 private:
  struct Walk;
  void fill_in_environment(Walk walk);

  YAML::Node node_;
  std::string file_;
  std::string path_;
  int line_ = 0;
};

/// Reads a map key by key; `finish` refuses what nobody asked for.
class YamlFields {
 public:
  explicit YamlFields(const YamlNode& map);

  [[nodiscard]] std::optional<YamlNode> take(std::string_view key);
  [[nodiscard]] YamlNode require(std::string_view key);
  void finish() const;

 private:
  YamlNode map_;
  std::vector<std::pair<std::string, YamlNode>> rest_;
};

[[nodiscard]] Result<YamlNode> load_yaml(const std::filesystem::path& file);
[[nodiscard]] Result<YamlNode> parse_yaml(const std::string& text, const std::string& file_name);

}  // namespace hopcost
