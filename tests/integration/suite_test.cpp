#include <filesystem>

#include "tests/integration/mock_and_load.hpp"

using namespace hopcost;
using namespace hopcost::test;

namespace {

const std::string kTargets =
    "ours:\n  base_url: \"${HOPCOST_NO_SUCH_URL}\"\n  model: a/b\n"
    "  supported_models: [a/b, c]\n  max_tokens: 4\n";

nlohmann::json read_json(const std::filesystem::path& file) {
  return nlohmann::json::parse(read_file(file));
}

}  // namespace

TEST_CASE("a target and a scenario by name give the suite's report") {
  const Mock mock({"--ttft", "2ms", "--itl", "100us"});
  const TemporaryFolder folder;
  const auto file = folder.path() / "results" / "my_test.json";
  const auto run = load({"--target", "mock", "--base-url", mock.url, "--scenario",
                         "quick_validation", "--output", file.string()});
  CHECK(run["target"] == "mock");
  CHECK(run["scenario"] == "quick_validation");
  CHECK(run["options"]["stream"] == true);
  CHECK(run["options"]["classes"].size() == 3);
  CHECK(run["options"]["tags"]["backend"] == "mockserver");  // what the file says for people
  const auto report = read_json(file);
  CHECK(report["target"] == "mock");
  CHECK(report["scenario"] == "quick_validation");
  CHECK(report["base_url"] == mock.url);
  CHECK(report["model"] == "mock-model");
  const auto& results = report["results"];
  CHECK(results["total_requests"] == 10);  // the two before are not among them
  CHECK(results["successful"] == 10);
  CHECK(results["success_rate"] == 100.0);
  CHECK(results["ttft_ms"]["p50"].get<double>() >= 2);
  CHECK(results["mlperf_compliant"] == true);
}

TEST_CASE("each model of a target in turn, one report for all, no more tokens than it allows") {
  const Mock mock({"--model", "a/b", "--model", "c"});
  const TemporaryFolder folder;
  const auto targets = folder.write("targets.yaml", kTargets);
  const auto file = folder.path() / "models.json";
  const auto outcome =
      run_program({"loadgen", "--targets", targets, "--target", "ours", "--base-url", mock.url,
                   "--scenario", "quick_validation", "--all-models", "-q", "-o", file.string()});
  INFO(outcome.out << outcome.err);
  CHECK(outcome.code == 0);
  const auto reports = read_json(file);
  REQUIRE(reports.size() == 2);
  CHECK(reports[0]["model"] == "a/b");
  CHECK(reports[1]["model"] == "c");
  for (const auto& report : reports) CHECK(report["results"]["successful"] == 10);

  const auto results = folder.path() / "models";
  const auto again =
      run_program({"loadgen", "--targets", targets, "--target", "ours", "--base-url", mock.url,
                   "--scenario", "quick_validation", "--all-models", "-q", "-o", results.string()});
  CHECK(again.code == 0);
  const auto record = read_json(results / "a_b" / "run.json");
  CHECK(record["target"] == "ours");
  CHECK(record["options"]["classes"][0]["output"] == "4");
  CHECK(read_json(results / "c" / "run.json")["options"]["models"][0]["name"] == "c");
}

TEST_CASE("a stress test ends where it breaks, and that is its result") {
  const Mock mock({"--ttft", "2ms"});
  const auto run = load({"--target", "mock", "--base-url", mock.url, "--scenario", "stress_test",
                         "--time-scale", "0.003", "--stop-if", "requests_per_s>0"});
  CHECK(run["valid"] == true);
  CHECK(run["findings"].get<std::string>().find("breaking point: 1 user: requests_per_s>0") !=
        std::string::npos);
  CHECK(run["stages"].size() == 1);
}

TEST_CASE("what a target or a scenario lacks is said before anything is sent") {
  const TemporaryFolder folder;
  const auto targets = folder.write("targets.yaml", kTargets);
  const auto complaint = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"loadgen", "--targets", targets});
    const auto outcome = run_program(std::move(arguments));
    CHECK(outcome.code == 64);
    return outcome.err;
  };
  CHECK(complaint({"--target", "theirs"}).find("there are: ours") != std::string::npos);
  CHECK(complaint({"--target", "ours"}).find("set HOPCOST_NO_SUCH_URL to it") != std::string::npos);
  CHECK(complaint({"http://127.0.0.1:1", "--scenario", "no"}).find("stress_test") !=
        std::string::npos);
  CHECK(complaint({"http://127.0.0.1:1", "--all-models"}).find("supported_models") !=
        std::string::npos);
  CHECK(complaint({"http://127.0.0.1:1", "--time-scale", "2"}).find("--scenario") !=
        std::string::npos);
  CHECK(complaint({"http://127.0.0.1:1", "--run-time", "2", "-d", "1s"}).find("the same") !=
        std::string::npos);
}

TEST_CASE(
    "runs of two servers made in turn are compared, with a page, and the faster one is named") {
  const Mock fast({"--ttft", "2ms"});
  const Mock slow({"--ttft", "12ms"});
  const TemporaryFolder folder;
  std::vector<std::string> compare{"loadgen", "compare"};
  for (int round = 0; round < 3; ++round) {
    for (const auto* mock : {&fast, &slow}) {
      const std::string name = mock == &fast ? "fast" : "slow";
      const auto results = (folder.path() / (name + std::to_string(round))).string();
      load({mock->url, "--stream", "-n", "40", "--warmup", "0", "-o", results});
      compare.push_back(name + "=" + results);
    }
  }
  const auto output = folder.path() / "comparison";
  compare.insert(compare.end(), {"-o", output.string()});
  const auto outcome = run_program(compare);
  INFO(outcome.out << outcome.err);
  CHECK(outcome.code == 0);
  const auto json = read_json(output / "comparison.json");
  bool told = false;
  for (const auto& figure : json["figures"]) {
    if (figure["figure"] != "ttft.p50") continue;
    CHECK(figure["best"] == 0);
    told = true;
  }
  CHECK(told);
  CHECK(read_json(output / "slow_results.json")["results"]["total_requests"] == 120);
  CHECK(read_file(output / "comparison.md").find("| ttft.p50 |") != std::string::npos);

  CHECK(run_program({"loadgen", "compare", "a=" + folder.path().string()}).code == 64);
  CHECK(run_program({"loadgen", "compare", (folder.path() / "fast0").string()}).code == 64);
}
