#include "common/yaml.hpp"

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <unistd.h>

#include "tests/catch.hpp"
#include "tests/support/variable.hpp"

using namespace hopcost;

namespace {

YamlNode root_of(const std::string& text) {
  auto root = parse_yaml(text, "x.yaml");
  REQUIRE(root.has_value());
  return *root;
}

/// The complaint `read` ends with, as the user sees it; empty where it does not complain.
std::string complaint(const std::string& text, const std::function<void(YamlFields&)>& read) {
  const auto root = root_of(text);
  const auto outcome = catch_errors([&]() -> int {
    auto fields = root.fields();
    read(fields);
    return 0;
  });
  if (outcome) return "";
  CHECK(outcome.error().exit_code() == 64);
  return outcome.error().to_string();
}

class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& text)
      : path_(std::filesystem::temp_directory_path() /
              ("hopcost-yaml-test-" + std::to_string(getpid()) + ".yaml")) {
    std::ofstream(path_, std::ios::binary) << text;
  }
  ~TemporaryFile() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace

TEST_CASE("every kind of YAML value is read as what it says") {
  auto f = root_of(
               "text: abc\nquoted: '12'\nyes: true\nno: false\nwhole: -12\n"
               "real: 1.5e3\ntime: 250us\nlist: [1, 2]\nmap: {a: 1}\nnothing:\n")
               .fields();
  CHECK(f.require("text").as_string() == "abc");
  CHECK(f.require("quoted").as_int() == 12);
  CHECK(f.require("yes").as_bool());
  CHECK_FALSE(f.require("no").as_bool());
  CHECK(f.require("whole").as_int() == -12);
  CHECK(f.require("real").as_double() == 1500.0);
  CHECK(f.require("time").as_duration() == 250 * kMicrosecond);
  const auto list = f.require("list");
  REQUIRE(list.is_sequence());
  REQUIRE(list.items().size() == 2);
  CHECK(list.items()[1].as_int() == 2);
  const auto map = f.require("map");
  REQUIRE(map.is_map());
  CHECK(map.entries().at(0).first == "a");
  CHECK(map.entries().at(0).second.as_int() == 1);
  CHECK(f.require("nothing").is_null());
  CHECK_FALSE(f.take("absent").has_value());
  CHECK_NOTHROW(f.finish());
}

TEST_CASE("an empty YAML file is a null root") {
  CHECK(root_of("").is_null());
  CHECK(root_of("# only a comment\n").is_null());
}

TEST_CASE("a complaint names the file, the line and the path to the value") {
  CHECK(complaint("a: 1\nb:\n  - x: 2\n  - x: three\n", [](YamlFields& f) {
          auto second = f.require("b").items().at(1).fields();
          (void)second.require("x").as_int();
        }) == "x.yaml:4: b[1].x: must be a whole number, not 'three'");
}

TEST_CASE("a value of the wrong type is refused by what it should be") {
  const auto refuse = [](const std::string& value, const std::function<void(YamlNode)>& read) {
    return complaint("# first line\nk: " + value + "\n",
                     [&](YamlFields& f) { read(f.require("k")); });
  };
  CHECK(refuse("[1]", [](YamlNode n) { (void)n.as_string(); }) == "x.yaml:2: k: must be a text");
  CHECK(refuse("{a: 1}", [](YamlNode n) { (void)n.as_int(); }) == "x.yaml:2: k: must be a text");
  CHECK(refuse("~", [](YamlNode n) { (void)n.as_string(); }) == "x.yaml:2: k: must be a text");
  CHECK(refuse("maybe", [](YamlNode n) { (void)n.as_bool(); }) ==
        "x.yaml:2: k: must be true or false, not 'maybe'");
  for (const char* text : {"1.5", "5ms", "0x10", "''", "99999999999999999999", "1 2", "+5"}) {
    CHECK(refuse(text, [](YamlNode n) { (void)n.as_int(); }).find("must be a whole number") !=
          std::string::npos);
  }
  for (const char* text : {"x", "''", ".inf", "nan", "1,5", "inf"}) {
    CHECK(refuse(text, [](YamlNode n) { (void)n.as_double(); }).find("must be a number") !=
          std::string::npos);
  }
  CHECK(refuse("5", [](YamlNode n) { (void)n.as_duration(); }).find("x.yaml:2: k: '5' is not") ==
        0);
  CHECK(refuse("5", [](YamlNode n) { (void)n.items(); }) == "x.yaml:2: k: must be a list");
  CHECK(refuse("[5]", [](YamlNode n) { (void)n.fields(); }) ==
        "x.yaml:2: k: must be a map of names to values");
}

TEST_CASE("a number outside its range is refused with the range, its ends are not") {
  const auto read = [](const std::string& value) {
    return complaint("k: " + value, [](YamlFields& f) { (void)f.require("k").as_int(1, 8); });
  };
  CHECK(read("1").empty());
  CHECK(read("8").empty());
  CHECK(read("0") == "x.yaml:1: k: must be from 1 to 8, not 0");
  CHECK(read("9") == "x.yaml:1: k: must be from 1 to 8, not 9");
}

TEST_CASE("a key nobody asked for is refused with its line") {
  CHECK(complaint("a: 1\nb: 2\ntypo: 3\n", [](YamlFields& f) {
          (void)f.require("a");
          (void)f.take("b");
          f.finish();
        }) == "x.yaml:3: typo: unknown key");
  CHECK(complaint("a:\n  typo:\n", [](YamlFields& f) { f.require("a").fields().finish(); }) ==
        "x.yaml:2: a.typo: unknown key");
}

TEST_CASE("a complaint about a map or a missing value points at its key") {
  CHECK(complaint("a:\n  b: 1\n", [](YamlFields& f) { (void)f.require("a").as_int(); }) ==
        "x.yaml:1: a: must be a text");
  CHECK(complaint("a:\n\n\nb: 1\n", [](YamlFields& f) { (void)f.require("a").as_int(); }) ==
        "x.yaml:1: a: must be a text");
}

TEST_CASE("taking keys in any order and assigning nodes leaves the document as it was") {
  const auto root = root_of("a: 1\nb: 2\nc: 3\n");
  auto fields = root.fields();
  YamlNode node = fields.require("b");
  CHECK(fields.require("a").as_int() == 1);
  node = fields.require("c");
  CHECK(node.as_int() == 3);
  auto again = root.fields();
  CHECK(again.require("c").as_int() == 3);
  CHECK(again.require("b").as_int() == 2);
  CHECK(again.require("a").as_int() == 1);
}

TEST_CASE("a key that is missing is asked for by name") {
  CHECK(complaint("b: {c: 1}\n", [](YamlFields& f) { (void)f.require("a"); }) ==
        "x.yaml:1: 'a' is missing");
  CHECK(complaint("z: 1\nb: {c: 1}\n", [](YamlFields& f) {
          auto inner = f.require("b").fields();
          (void)inner.require("d");
        }) == "x.yaml:2: b: 'd' is missing");
}

TEST_CASE("a key that stands twice is refused at its second line") {
  CHECK(complaint("a: 1\nb: 2\na: 3\n", [](YamlFields&) {}) == "x.yaml:3: 'a' stands here twice");
  CHECK(complaint("m:\n  a: 1\n  a: 1\n", [](YamlFields& f) { (void)f.require("m").fields(); }) ==
        "x.yaml:3: m: 'a' stands here twice");
}

TEST_CASE("a key that is not a text is refused") {
  CHECK(complaint("? [a]\n: 1\n", [](YamlFields&) {}).find("must be a text") != std::string::npos);
}

TEST_CASE("a syntax error names the file and the line") {
  for (const char* text : {"a: 1\nb: [1, 2\n", "a: 1\n\tb: 2\n", "a: *nowhere\n"}) {
    const auto parsed = parse_yaml(text, "x.yaml");
    INFO(text);
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().where.find("x.yaml:") == 0);
    CHECK_FALSE(parsed.error().message.empty());
    CHECK(parsed.error().exit_code() == 64);
  }
  CHECK(parse_yaml("a: 1\nb: 2\nc: ]\n", "x.yaml").error().where == "x.yaml:3");
}

TEST_CASE("nesting that is too deep is refused, not followed into a crash") {
  const auto parsed = parse_yaml(std::string(100000, '['), "x.yaml");
  CHECK_FALSE(parsed.has_value());
}

TEST_CASE("a YAML file cut at every byte is read or refused, never more") {
  const std::string text =
      "a: 1\nlist:\n  - x: 'q'\n    y: \"z\\n\"\n  - &n {k: [1, 2]}\nagain: *n\nt: |\n  abc\n";
  for (std::size_t size = 0; size <= text.size(); ++size) {
    const auto parsed = parse_yaml(text.substr(0, size), "x.yaml");
    if (!parsed) REQUIRE(parsed.error().where.find("x.yaml:") == 0);
  }
  CHECK(parse_yaml(text, "x.yaml").has_value());
}

TEST_CASE("a YAML file is loaded by name, and one that cannot be read is named") {
  const TemporaryFile file("a: 1\n");
  auto root = load_yaml(file.path());
  REQUIRE(root.has_value());
  CHECK(root->fields().require("a").where() == file.path().string() + ":1: a");

  const TemporaryFile empty("");
  REQUIRE(load_yaml(empty.path()).has_value());
  CHECK(load_yaml(empty.path())->is_null());

  const auto absent = load_yaml("/nonexistent/x.yaml");
  REQUIRE_FALSE(absent.has_value());
  CHECK(absent.error().to_string() == "/nonexistent/x.yaml: cannot be read");
}

TEST_CASE("a folder is refused where a YAML file is wanted") {
  const auto folder = load_yaml("/proc/self");
  REQUIRE_FALSE(folder.has_value());
  CHECK(folder.error().to_string() == "/proc/self: cannot be read");
}

TEST_CASE("a value is found by its path, can be changed, and is written so that it stands alone") {
  auto root = parse_yaml("model: &m opt\nserver: {name: *m, port: 80}\nlist: [1, *m]\n", "x.yaml");
  REQUIRE(root.has_value());
  auto port = root->at("server.port");
  REQUIRE(port.has_value());
  CHECK(port->where() == "x.yaml:2: server.port");
  port->set("81");
  CHECK_FALSE(root->at("server.host").has_value());
  CHECK_FALSE(root->at("server.port.x").has_value());
  root->at("server")->set("more", *parse_yaml("{a: b}", "y.yaml"));
  const auto again = parse_yaml(root->text(), "z.yaml");
  REQUIRE(again.has_value());
  CHECK(again->at("server.port")->as_int() == 81);
  CHECK(again->at("server.name")->as_string() == "opt");
  CHECK(again->at("server.more.a")->as_string() == "b");
  CHECK(again->at("list")->items()[1].as_string() == "opt");
  CHECK(root->text().find_first_of("&*") == std::string::npos);
}

TEST_CASE(
    "variables in a YAML file are filled in where they stand, and a missing one has its line") {
  const hopcost::test::Variable space("HOPCOST_TEST_SPACE", "team-a");
  auto root = parse_yaml("space: &s $HOPCOST_TEST_SPACE\n# $HOPCOST_TEST_NONE\nagain: [*s, 'x']\n",
                         "x.yaml");
  REQUIRE(catch_errors([&] {
    root->fill_in_environment();
    return true;
  }));
  CHECK(root->at("space")->as_string() == "team-a");
  CHECK(root->at("again")->items()[0].as_string() == "team-a");
  auto missing = parse_yaml("a: 1\nb: {c: \"${HOPCOST_TEST_NONE}\"}\n", "x.yaml");
  const auto filled = catch_errors([&] {
    missing->fill_in_environment();
    return true;
  });
  REQUIRE_FALSE(filled);
  CHECK(filled.error().to_string() == "x.yaml:2: b.c: the variable HOPCOST_TEST_NONE is not set");
}

TEST_CASE("anchors that hold themselves, or a billion values, are refused") {
  std::string laughs = "a0: &a0 x\n";
  for (int i = 1; i < 12; ++i) {
    const auto last = std::to_string(i - 1);
    laughs += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int k = 0; k < 9; ++k) laughs += "*a" + last + ", ";
    laughs += "*a" + last + "]\n";
  }
  for (const auto& text : {std::string("a: &a [*a]\n"), laughs}) {
    auto root = parse_yaml(text, "x.yaml");
    if (!root) continue;  // refused even earlier
    CHECK_FALSE(catch_errors([&] {
      root->fill_in_environment();
      return true;
    }));
    CHECK_FALSE(catch_errors([&] { return root->text(); }));
  }
}
