#include "overhead/site/instance.hpp"

#include "tests/catch.hpp"
#include "tests/support/program.hpp"

using namespace hopcost;
using namespace hopcost::overhead;
using hopcost::test::read_file;
using hopcost::test::TemporaryFolder;

namespace {

InstanceSpec spec_in(const TemporaryFolder& folder) {
  InstanceSpec spec;
  spec.workers = 3;
  spec.port = 1000;
  spec.admin_port = 1001;
  spec.key = "secret";
  spec.dir = folder.path();
  for (const char* address : {"127.0.0.1:2000", "127.0.0.1:2001"}) {
    ApiBase api;
    api.address = *parse_host_port(address);
    spec.backends.push_back(api);
  }
  return spec;
}

}  // namespace

TEST_CASE("an instance has its own backend, ports and key in every text") {
  const TemporaryFolder folder;
  StackManifest manifest;
  manifest.file = folder.path() / "x.yaml";
  manifest.command = {"run", "{port}", "{backend_url}", "{backend_urls}", "{configs}/app"};
  manifest.environment = {{"KEY", "sk-{key}"}};
  manifest.files["a.conf"] = "workers {workers};\n{each_backend}\n";
  manifest.each_backend = "to {backend_port} as {model};";
  manifest.ready_path = "/ready";
  manifest.ready_port = "{admin_port}";
  manifest.model = "openai/{model}";
  manifest.headers = {{"authorization", "Bearer sk-{key}"}};
  auto spec = spec_in(folder);
  spec.index = 1;
  const auto instance = fill_in(manifest, spec);
  REQUIRE(instance);
  CHECK(instance->command.arguments ==
        std::vector<std::string>{"run", "1000", "http://127.0.0.1:2001", "http://127.0.0.1:2000",
                                 "http://127.0.0.1:2001", (folder.path() / "app").string()});
  CHECK(instance->command.environment[0].second == "sk-secret");
  CHECK(instance->check.port == 1001);
  CHECK(instance->check.api.address.port == 1000);
  CHECK(instance->check.model == "openai/mock-model");
  CHECK(instance->check.headers[0].second == "Bearer sk-secret");
  CHECK(read_file(folder.path() / "a.conf") ==
        "workers 3;\nto 2000 as mock-model;\nto 2001 as mock-model;\n");
}

TEST_CASE("a placeholder that nobody knows is an error with the manifest's name") {
  const TemporaryFolder folder;
  StackManifest manifest;
  manifest.file = "x.yaml";
  manifest.command = {"{prot}"};
  const auto instance = fill_in(manifest, spec_in(folder));
  REQUIRE_FALSE(instance);
  CHECK(instance.error().to_string() == "x.yaml: unknown placeholder {prot}");
}

TEST_CASE("keys are long and never the same") {
  CHECK(draw_key().size() == 32);
  CHECK(draw_key() != draw_key());
}
