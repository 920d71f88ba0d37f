#include "loadgen/suite/scenario.hpp"

#include <map>

#include "common/folders.hpp"
#include "tests/catch.hpp"

using namespace hopcost;
using namespace hopcost::loadgen;

namespace {

using ByOption = std::map<std::string, std::vector<std::string>>;

ByOption settings(const Scenario& scenario, const Said& said = {}) {
  ByOption all;
  for (auto& [option, values] : settings_of(scenario, said)) all[option] = values;
  return all;
}

/// One that comes with us.
Scenario ours(const std::string& key) {
  const auto folder = configs_folder("test_scenarios.yaml");
  REQUIRE(folder);
  const auto found = find_scenario(*folder / "test_scenarios.yaml", key);
  REQUIRE(found);
  return *found;
}

std::string complaint(const std::string& text) {
  const auto read = catch_errors([&] { return decode_scenarios(*parse_yaml(text, "s.yaml")); });
  return read ? "" : read.error().to_string();
}

}  // namespace

TEST_CASE("quick_validation: ten requests of three lengths, after two that do not count") {
  const auto all = settings(ours("quick_validation"));
  CHECK(all == ByOption{{"concurrency", {"1"}},
                        {"requests", {"10"}},
                        {"duration", {"60s"}},
                        {"warmup", {"0"}},
                        {"warmup-requests", {"2"}},
                        {"class",
                         {"50-100=1:prompt=50,output=100", "100-100=1:prompt=100,output=100",
                          "500-100=1:prompt=500,output=100"}},
                        {"stream", {"true"}}});
}

TEST_CASE("latency_benchmark: every prompt with every answer, judged by MLPerf's limits") {
  const auto all = settings(ours("latency_benchmark"));
  CHECK(all.at("concurrency") == std::vector<std::string>{"1"});
  CHECK(all.at("requests") == std::vector<std::string>{"100"});
  CHECK(all.at("warmup-requests") == std::vector<std::string>{"5"});
  CHECK(all.at("class").size() == 6 * 4);
  CHECK(all.at("class").front() == "10-50=1:prompt=10,output=50");
  CHECK(all.at("class").back() == "2000-500=1:prompt=2000,output=500");
  CHECK(all.at("slo") == std::vector<std::string>{"mlperf-standard", "mlperf-interactive"});
}

TEST_CASE("throughput_benchmark: its requests and its time are those of all levels together") {
  const auto all = settings(ours("throughput_benchmark"));
  CHECK(all.at("sweep") == std::vector<std::string>{"concurrency=1,5,10,20,50"});
  CHECK(all.at("requests") == std::vector<std::string>{"100"});
  CHECK(all.at("duration") == std::vector<std::string>{"60s"});
  CHECK(all.at("class").size() == 2 * 2);
  CHECK(all.at("stop-if") == std::vector<std::string>{"errors>5%"});
}

TEST_CASE("load_test: shares of prompts and answers multiply") {
  const auto all = settings(ours("load_test"));
  CHECK(all.at("sweep") == std::vector<std::string>{"concurrency=10,25,50,75,100"});
  CHECK(all.at("spawn-rate") == std::vector<std::string>{"10/s"});
  CHECK(all.at("duration") == std::vector<std::string>{"120s"});
  CHECK_FALSE(all.contains("requests"));
  REQUIRE(all.at("class").size() == 6);
  CHECK(all.at("class")[0] == "short-short=2000:prompt=100,output=100");
  CHECK(all.at("class")[5] == "long-long=1000:prompt=1000,output=200");
}

TEST_CASE("stress_test: two minutes a step until it breaks") {
  const auto all = settings(ours("stress_test"));
  CHECK(all.at("sweep") == std::vector<std::string>{"concurrency=1,5,10,25,50,100,150,200"});
  CHECK(all.at("spawn-rate") == std::vector<std::string>{"5/s"});
  CHECK(all.at("duration") == std::vector<std::string>{"120s"});
  CHECK(all.at("stop-if") == std::vector<std::string>{"errors>5%", "e2e.p95>10s"});
}

TEST_CASE("a trial's times shrink, and users begin as much faster") {
  const auto all = settings(ours("load_test"), {.time_scale = 0.01});
  CHECK(all.at("duration") == std::vector<std::string>{"1200ms"});
  CHECK(all.at("spawn-rate") == std::vector<std::string>{"1000/s"});
}

TEST_CASE("what somebody has said otherwise is left to them") {
  const auto scenario = ours("throughput_benchmark");
  auto all = settings(scenario, {.load = true});
  CHECK_FALSE(all.contains("sweep"));
  CHECK_FALSE(all.contains("concurrency"));
  CHECK(all.at("requests") == std::vector<std::string>{"500"});
  CHECK(all.at("duration") == std::vector<std::string>{"300s"});
  CHECK_FALSE(settings(scenario, {.requests = true}).contains("class"));
  CHECK_FALSE(settings(scenario, {.prompts = true, .answers = true}).contains("class"));
  CHECK(settings(scenario, {.answers = true}).at("class") ==
        std::vector<std::string>{"100=1:prompt=100", "500=1:prompt=500"});
  CHECK(settings(scenario, {.prompts = true}).at("class") ==
        std::vector<std::string>{"100=1:output=100", "200=1:output=200"});
  CHECK(settings(scenario, {.prompts = true, .max_tokens = 150}).at("class") ==
        std::vector<std::string>{"100=1:output=100", "200=1:output=150"});
}

TEST_CASE("what is wrong with a scenario is told with its place") {
  const std::string lengths = "  prompt_tokens: [1]\n  max_tokens: [1]\n";
  CHECK(complaint("a:\n" + lengths) == "s.yaml:1: a: needs duration or step_duration");
  CHECK(complaint("a:\n  duration: 1\n" + lengths + "  users: [2, 1]\n") ==
        "s.yaml:5: a.users: must grow from level to level");
  CHECK(
      complaint("a:\n  duration: 1\n  max_tokens: [1]\n").ends_with("'prompt_tokens' is missing"));
  CHECK(complaint("a:\n  duration: 1\n" + lengths + "  colour: red\n") ==
        "s.yaml:5: a.colour: unknown key");
  CHECK(complaint("a:\n  duration: 1\n" + lengths + "  spawn_rate: 0\n") ==
        "s.yaml:5: a.spawn_rate: must be above 0");
  CHECK(complaint("a:\n  duration: 1\n  prompt_tokens: {s: {share: 0, tokens: 1}}\n")
            .ends_with("share: must be above 0"));
}
