#include "overhead/site/installation.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <nlohmann/json.hpp>

#include "overhead/site/manifest.hpp"
#include "tests/catch.hpp"
#include "tests/support/program.hpp"

using namespace hopcost;
using namespace hopcost::overhead;
using hopcost::test::TemporaryFolder;
using By = Installation::By;

namespace {

Result<StackManifest> with_install(const TemporaryFolder& folder, const std::string& install) {
  return load_manifest(folder.write("x.yaml",
                                    "name: x\nsummary: s\ncommand: [run]\n"
                                    "ready: {path: /ok}\ninstall: " +
                                        install + "\n"));
}

std::string error_of(const std::string& install) {
  const TemporaryFolder folder;
  const auto loaded = with_install(folder, install);
  REQUIRE_FALSE(loaded);
  return loaded.error().to_string();
}

void write(const std::filesystem::path& file, const std::string& text) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file) << text;
}

}  // namespace

TEST_CASE("packages are taken apart the way their installer writes them") {
  const auto check = [](By by, const std::string& text, const std::string& name,
                        const std::string& version) {
    INFO(text);
    const auto package = package_of(by, text);
    CHECK(package.name == name);
    CHECK(package.version == version);
  };
  check(By::apt, "haproxy", "haproxy", "");
  check(By::pip, "ogx==1.5.0", "ogx", "1.5.0");
  check(By::pip, "uvicorn[standard]==0.54.0", "uvicorn", "0.54.0");
  check(By::pip, "mcp<2", "mcp", "");
  check(By::pip, "httptools", "httptools", "");
  check(By::npm, "@portkey-ai/gateway@1.15.2", "@portkey-ai/gateway", "1.15.2");
  check(By::npm, "@portkey-ai/gateway", "@portkey-ai/gateway", "");
  check(By::npm, "left-pad@1.0.0", "left-pad", "1.0.0");
}

TEST_CASE("a manifest says how its stack is installed, by one installer and with a version") {
  const TemporaryFolder folder;
  const auto pip = with_install(folder, "{pip: [\"ogx==1.5.0\", uvloop], python: \"3.12\"}");
  REQUIRE(pip);
  CHECK(pip->install.by == By::pip);
  CHECK(pip->install.python == "3.12");
  CHECK(pip->install.folder == "x");
  const auto npm = with_install(folder, "{npm: [a@1.0.0], overrides: {b: 2.0.0}, folder: shared}");
  REQUIRE(npm);
  CHECK(npm->install.overrides.at("b") == "2.0.0");
  CHECK(npm->install.folder == "shared");
  const auto hand = with_install(folder, "make it yourself");
  REQUIRE(hand);
  CHECK(how_to_install(*hand) == "make it yourself");

  CHECK(error_of("{pip: [ogx]}")
            .find("x.yaml:5: install.pip: the first package needs an exact "
                  "version") != std::string::npos);
  CHECK(error_of("{apt: [a], npm: [b@1]}").find("must have one of apt, pip and npm") !=
        std::string::npos);
  CHECK(error_of("{pip: []}").find("install.pip: must not be empty") != std::string::npos);
  CHECK(error_of("{apt: [a], python: \"3\"}").find("python: unknown key") != std::string::npos);
}

TEST_CASE("installed is what the metadata says, in the version the manifest wants, and whole") {
  const TemporaryFolder folder;
  setenv("HOPCOST_STACKS_DIR", (folder.path() / "stacks").c_str(), 1);
  const auto manifest = with_install(folder, "{pip: [\"some-Stack[all]==1.5.0\"]}");
  REQUIRE(manifest);
  const auto home = folder.path() / "stacks" / "x";
  CHECK(home_of(*manifest) == home);
  CHECK(what_is_missing(*manifest)->find("not installed in") != std::string::npos);

  const auto info = home / "lib/python3.12/site-packages/some_stack-1.5.0.dist-info/METADATA";
  write(info, "Metadata-Version: 2.1\nName: some-stack\nVersion: 1.4.9\n\nVersion: 1.5.0\n");
  CHECK(what_is_missing(*manifest)->find("not wholly") != std::string::npos);
  write(home / kInstalledFile, manifest->install.text());
  CHECK(*what_is_missing(*manifest) == "some-Stack 1.4.9 is installed, the manifest wants 1.5.0");
  write(info, "Metadata-Version: 2.1\nName: some-stack\nVersion: 1.5.0\n");
  CHECK_FALSE(what_is_missing(*manifest));
  CHECK(stack_version(*manifest) == "some-Stack 1.5.0");

  const auto other = with_install(folder, "{pip: [\"some-stack==1.6.0\"]}");
  CHECK(what_is_missing(*other)->find("not wholly") != std::string::npos);
  unsetenv("HOPCOST_STACKS_DIR");
}

TEST_CASE("what a stack depends on is held to versions too, and other ones are another stack") {
  const TemporaryFolder folder;
  const std::string install = "{pip: [\"a==1.0\"], constraints: locks/x.txt}";
  write(folder.path() / "locks/x.txt", "b==2.0\nc==3.1\n");
  const auto manifest = with_install(folder, install);
  REQUIRE(manifest);
  CHECK(manifest->install.constraints == "b==2.0\nc==3.1\n");
  write(folder.path() / "locks/x.txt", "b==2.0\nc==3.2\n");
  const auto later = with_install(folder, install);
  REQUIRE(later);
  CHECK(later->install.text() != manifest->install.text());
  CHECK(error_of(install).find("x.yaml:5: install.constraints: there is no such file") !=
        std::string::npos);
}

TEST_CASE("the manifest that npm installs says what its dependencies are, and no registry") {
  setenv("HOPCOST_CONFIGS", (test::source() / "configs").c_str(), 1);
  const auto manifest = find_manifest("portkey");
  unsetenv("HOPCOST_CONFIGS");
  REQUIRE(manifest);
  const auto lock = nlohmann::json::parse(manifest->install.constraints);
  const auto [package, version] = package_of(By::npm, manifest->install.packages.front());
  CHECK(lock["packages"][""]["dependencies"][package] == version);
  for (const auto& [name, override_version] : manifest->install.overrides) {
    CHECK(lock["packages"]["node_modules/" + name]["version"] == override_version);
  }
  for (const auto& [path, entry] : lock["packages"].items()) {
    CAPTURE(path);
    CHECK_FALSE(entry.contains("resolved"));
    if (!path.empty()) CHECK(entry.contains("integrity"));
  }
}

TEST_CASE("the manifests that pip installs say what their dependencies are") {
  setenv("HOPCOST_CONFIGS", (test::source() / "configs").c_str(), 1);
  for (const auto* name :
       {"fastapi", "fastapi-new-client", "litellm", "llama-stack", "ogx", "ogx-uvloop",
        "sglang-router", "vllm-router", "vllm-router-cache-aware"}) {
    INFO(name);
    const auto manifest = find_manifest(name);
    REQUIRE(manifest);
    for (const auto& text : manifest->install.packages) {
      auto [package, version] = package_of(By::pip, text);
      if (version.empty()) continue;
      const auto held = [&] {
        return manifest->install.constraints.find(package + "==" + version + "\n") !=
               std::string::npos;
      };
      const bool as_written = held();
      std::ranges::replace(package, '-', '_');  // as some name themselves
      CHECK((as_written || held()));
    }
  }
  unsetenv("HOPCOST_CONFIGS");
}

TEST_CASE("npm's metadata is the package's own") {
  const TemporaryFolder folder;
  write(folder.path() / "node_modules/@scope/name/package.json", "{\"version\": \"1.2.3\"}");
  CHECK(installed_version(folder.path(), By::npm, "@scope/name") == "1.2.3");
  CHECK_FALSE(installed_version(folder.path(), By::npm, "other"));
}
