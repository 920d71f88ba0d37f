#include "loadgen/suite/target.hpp"

#include <algorithm>
#include <cstdlib>

#include "common/folders.hpp"
#include "tests/catch.hpp"

using namespace hopcost;
using namespace hopcost::loadgen;

namespace {

Result<std::vector<Target>> targets(const std::string& text) {
  return catch_errors([&] { return decode_targets(*parse_yaml(text, "t.yaml")); });
}

std::string complaint(const std::string& text) {
  const auto read = targets(text);
  return read ? "" : read.error().to_string();
}

}  // namespace

TEST_CASE("a target says where it is, what it serves and what people want to know") {
  const auto read = targets(
      "a:\n  base_url: http://127.0.0.1:1\n  model: m\n  supported_models: [m, n]\n"
      "  max_tokens: 100\n  timeout: 600\n  api_key_env: KEY\n  zone: z\n  expected_concurrency: "
      "8\n"
      "b:\n  name: B\n  base_url: http://127.0.0.1:2\n  model: k\n  timeout: 2m\n");
  REQUIRE(read);
  REQUIRE(read->size() == 2);
  const auto& a = read->front();
  CHECK(a.key == "a");
  CHECK(a.name == "a");
  CHECK(a.supported_models == std::vector<std::string>{"m", "n"});
  CHECK(a.max_tokens == 100);
  CHECK(a.timeout == 600 * kSecond);
  CHECK(a.api_key_env == "KEY");
  CHECK(a.facts == std::vector<std::pair<std::string, std::string>>{{"expected_concurrency", "8"},
                                                                    {"zone", "z"}});
  CHECK(read->back().name == "B");
  CHECK(read->back().timeout == 120 * kSecond);
}

TEST_CASE("what is wrong with a target is told with its place") {
  CHECK(complaint("a:\n  model: m\n") == "t.yaml:1: a: 'base_url' is missing");
  CHECK(complaint("a:\n  base_url: http://h\n  model: m\n  colour: red\n") ==
        "t.yaml:4: a.colour: unknown key");
  CHECK(complaint("a:\n  base_url: http://h\n  model: m\n  max_tokens: 0\n")
            .starts_with("t.yaml:4: a.max_tokens: "));
  CHECK(complaint("a:\n  base_url: http://h\n  model: m\n  timeout: soon\n")
            .starts_with("t.yaml:4: a.timeout: "));
}

TEST_CASE("an address may come from the environment") {
  Target target;
  target.key = "x";
  target.base_url = "http://127.0.0.1:8000";
  CHECK(target.url() == "http://127.0.0.1:8000");
  target.base_url = "${HOPCOST_TEST_URL}";
  ::unsetenv("HOPCOST_TEST_URL");
  REQUIRE_FALSE(target.url());
  CHECK(target.url().error().message.find("set HOPCOST_TEST_URL to it") != std::string::npos);
  target.base_url = "${HOPCOST_TEST_URL:-http://127.0.0.1:1}";
  CHECK(target.url() == "http://127.0.0.1:1");
  ::setenv("HOPCOST_TEST_URL", "http://127.0.0.1:2", 1);
  CHECK(target.url() == "http://127.0.0.1:2");
  ::unsetenv("HOPCOST_TEST_URL");
}

TEST_CASE("the targets that come with us have the suite's names, and no stranger's address") {
  const auto folder = configs_folder("targets.yaml");
  REQUIRE(folder);
  for (const auto* key :
       {"gke-t4", "llm-d-pattern2-gpu", "llm-d-pattern3-gpu", "tpu-v6e", "ollama-local",
        "lmstudio-local", "llamacpp-local", "openai-gpt4", "openai-gpt35", "mock"}) {
    CAPTURE(key);
    const auto target = find_target(*folder / "targets.yaml", key);
    REQUIRE(target);
    CHECK(target->base_url.starts_with("${"));
    CHECK_FALSE(target->model.empty());
  }
  const auto missing = find_target(*folder / "targets.yaml", "gke-t5");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().message.find("there are: mock gke-t4") != std::string::npos);
}
