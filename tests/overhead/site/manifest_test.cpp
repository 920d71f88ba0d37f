#include "overhead/site/manifest.hpp"

#include "tests/catch.hpp"
#include "tests/support/program.hpp"

using namespace hopcost;
using namespace hopcost::overhead;
using hopcost::test::TemporaryFolder;

namespace {

const std::string kGood =
    "name: x\n"
    "summary: a stack\n"
    "command: [run, --port, \"{port}\"]\n"
    "ready: {path: /ok}\n";

std::string error_of(const std::string& yaml) {
  const TemporaryFolder folder;
  const auto loaded = load_manifest(folder.write("x.yaml", yaml));
  REQUIRE_FALSE(loaded);
  return loaded.error().to_string();
}

}  // namespace

TEST_CASE("placeholders are replaced and other braces left alone") {
  const Placeholders values{{"port", "8080"}, {"dir", "/tmp/x"}};
  CHECK(*expand("listen {port}; events { a 1; } {}", values) == "listen 8080; events { a 1; } {}");
  CHECK(*expand("{dir}/a{port}b", values) == "/tmp/x/a8080b");
  CHECK(*expand("{\"key\": {port}", values) == "{\"key\": 8080");
  const auto unknown = expand("{prot}", values);
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().message == "unknown placeholder {prot}");
}

TEST_CASE("a minimal manifest gets the defaults") {
  const TemporaryFolder folder;
  const auto manifest = load_manifest(folder.write("x.yaml", kGood));
  REQUIRE(manifest);
  CHECK(manifest->workers_seen_as == WorkersSeenAs::not_verifiable);
  CHECK(manifest->api_path == "/v1");
  CHECK(manifest->model == "{model}");
  CHECK(manifest->command == std::vector<std::string>{"run", "--port", "{port}"});
}

TEST_CASE("a manifest with a wrong field is one error with file, line and field") {
  CHECK(error_of(kGood + "redy: 1\n").ends_with("x.yaml:5: redy: unknown key"));
  CHECK(error_of("name: y\n" + kGood.substr(8)).find("x.yaml:1: name: must be 'x'") !=
        std::string::npos);
  CHECK(
      error_of(kGood + "workers: {seen_as: magic}\n").find("x.yaml:5: workers.seen_as: must be") !=
      std::string::npos);
  CHECK(error_of(kGood + "workers: {seen_as: threads}\n").find("'pattern' is missing") !=
        std::string::npos);
  CHECK(error_of(kGood + "stop: {grace: 5}\n").find("stop.grace") != std::string::npos);
  CHECK(error_of("name: x\n").find("'summary' is missing") != std::string::npos);
  CHECK(error_of("name: [\n").find("x.yaml:") != std::string::npos);
}

TEST_CASE("a time that a stack states of itself is declared with its header, unit and meaning") {
  const TemporaryFolder folder;
  const auto manifest = load_manifest(
      folder.write("x.yaml", kGood + "self_reported: {header: x-took-us, means: upstream}\n"));
  REQUIRE(manifest);
  REQUIRE(manifest->self_reported);
  CHECK(manifest->self_reported->header.name == "x-took-us");
  CHECK(manifest->self_reported->header.unit == kMicrosecond);
  CHECK(manifest->self_reported->means == SelfReported::Means::upstream);
  CHECK(error_of(kGood + "self_reported: {header: a b, means: total}\n")
            .find("x.yaml:5: self_reported.header: 'a b' is no header's name") !=
        std::string::npos);
  CHECK(error_of(kGood + "self_reported: {header: a, means: cost}\n")
            .find("x.yaml:5: self_reported.means: must be overhead, upstream or total") !=
        std::string::npos);
}

TEST_CASE("the project's own manifests are valid and an unknown name lists them") {
  setenv("HOPCOST_CONFIGS", (test::source() / "configs").c_str(), 1);
  const auto all = load_all_manifests();
  REQUIRE(all);
  CHECK(all->size() >= 17);
  const auto unknown = find_manifest("ngnix");
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().message.find("'ngnix'") != std::string::npos);
  CHECK(unknown.error().message.find("nginx-default") != std::string::npos);
  CHECK(unknown.error().exit_code() == 64);
}

TEST_CASE("a program that is not installed is named") {
  StackManifest manifest;
  manifest.requires_programs = {"sh", "no-such-program-anywhere"};
  CHECK(what_is_missing(manifest) == "'no-such-program-anywhere' is not installed");
}

TEST_CASE("a manifest uses the placeholders in its command, environment and files") {
  StackManifest manifest;
  CHECK_FALSE(manifest.uses("{workers}"));
  manifest.environment = {{"N", "{workers}"}};
  CHECK(manifest.uses("{workers}"));
  manifest.environment.clear();
  manifest.files["a.conf"] = "threads {workers};";
  CHECK(manifest.uses("{workers}"));
}

TEST_CASE("a manifest that names all backends spreads over them") {
  const TemporaryFolder folder;
  CHECK_FALSE(load_manifest(folder.write("x.yaml", kGood))->spreads());
  const auto lines =
      load_manifest(folder.write("x.yaml", kGood + "each_backend: \"server {backend_host};\"\n"));
  REQUIRE(lines);
  CHECK(lines->spreads());
  const auto arguments = load_manifest(folder.write(
      "x.yaml", "name: x\nsummary: s\ncommand: [run, \"{backend_urls}\"]\nready: {path: /ok}\n"));
  REQUIRE(arguments);
  CHECK(arguments->spreads());
}

TEST_CASE(
    "a chain is its front's manifest, with the model, headers and workers of what is behind") {
  const TemporaryFolder folder;
  (void)folder.write(
      "front.yaml",
      "name: front\nsummary: f\ncommand: [f, \"{backend_urls}\"]\nready: {path: /f}\n");
  (void)folder.write("behind.yaml", kGood.substr(7) + "name: behind\nmodel: openai/{model}\n" +
                                        "headers: {a: b}\nworkers: {seen_as: listeners}\n");
  const std::string links = "name: x\nsummary: both\nchain: {front: front, behind: behind, ";
  const auto chain = load_manifest(folder.write("x.yaml", links + "instances: 3}\n"));
  REQUIRE(chain);
  CHECK(chain->name == "x");
  CHECK(chain->ready_path == "/f");
  CHECK(chain->model == "openai/{model}");
  CHECK(chain->headers.size() == 1);
  CHECK(chain->instances_behind == 3);
  CHECK(chain->worker().name == "behind");
  CHECK(chain->worker().workers_seen_as == WorkersSeenAs::listeners);

  CHECK(error_of("name: x\nsummary: s\nchain: {front: front, behind: nginx, instances: 0}\n")
            .find("chain.front") != std::string::npos);
  const auto more = load_manifest(folder.write("x.yaml", links + "instances: 3}\ncommand: [x]\n"));
  REQUIRE_FALSE(more);
  CHECK(more.error().to_string().ends_with("x.yaml:4: command: unknown key"));
  (void)folder.write("y.yaml",
                     "name: y\nsummary: s\nchain: {front: behind, behind: front, "
                     "instances: 1}\n");
  const auto one = load_manifest(folder.path() / "y.yaml");
  REQUIRE_FALSE(one);
  CHECK(one.error().message.find("cannot balance") != std::string::npos);
}
