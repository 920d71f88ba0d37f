#include <nlohmann/json.hpp>

#include "overhead/install/installer.hpp"
#include "overhead/install/python.hpp"
#include "tests/catch.hpp"

using namespace hopcost;
using namespace hopcost::overhead;

TEST_CASE("versions of Python are read, and nothing else") {
  CHECK(parse_python_version("3.12") == PythonVersion{3, 12, 0});
  CHECK(parse_python_version("3.12.1") == PythonVersion{3, 12, 1});
  for (const auto* text : {"", "3.", "x", "3.12.1.2", "3.12rc1", "pyenv: not found"}) {
    INFO(text);
    CHECK_FALSE(parse_python_version(text));
  }
}

TEST_CASE("the oldest Python that will do is taken, and none where none will") {
  const std::vector<Python> found{
      {"a", {3, 13, 0}}, {"b", {3, 9, 2}}, {"c", {3, 12, 1}}, {"d", {3, 12, 1}}};
  CHECK(choose_python(found, {3, 12, 0})->program == "c");
  CHECK(choose_python(found, {3, 9, 0})->program == "b");
  CHECK_FALSE(choose_python(found, {3, 14, 0}));
  CHECK_FALSE(choose_python({}, {3, 9, 0}));
}

TEST_CASE("a Python that nobody has is one error that says what was looked for") {
  const auto none = find_python("9.1");
  REQUIRE_FALSE(none);
  CHECK(none.error().message.find("Python 9.1 or newer") != std::string::npos);
  CHECK(none.error().exit_code() == 69);
}

TEST_CASE("npm is given exact versions, and those of packages further down") {
  Installation how;
  how.by = Installation::By::npm;
  how.packages = {"@portkey-ai/gateway@1.15.2"};
  how.overrides = {{"@hono/node-server", "1.13.5"}};
  const auto json = nlohmann::json::parse(package_json(how));
  CHECK(json["private"] == true);
  CHECK(json["dependencies"]["@portkey-ai/gateway"] == "1.15.2");
  CHECK(json["overrides"]["@hono/node-server"] == "1.13.5");
}

TEST_CASE("a stack that hopcost cannot install says what to type") {
  StackManifest manifest;
  manifest.name = "mine";
  manifest.requires_programs = {"no-such-program-anywhere"};
  manifest.install.what_to_type = "make install";
  const auto done = install(manifest);
  REQUIRE_FALSE(done);
  CHECK(done.error().message.find("make install") != std::string::npos);
}
