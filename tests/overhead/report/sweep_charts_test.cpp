#include "overhead/report/sweep_charts.hpp"

#include <filesystem>
#include <fstream>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "tests/catch.hpp"

using namespace hopcost;
using namespace hopcost::overhead;

namespace {

/// A sweep of two levels, whose requests took so many milliseconds.
loadgen::RunRecord sweep(const std::string& target, int stack_replicas, int backends, int ms) {
  loadgen::RunRecord run;
  run.options.targets = {*parse_api_base("http://127.0.0.1:8000")};
  run.options.stream = true;
  run.options.tags = {{"target", target},
                      {"stack_replicas", std::to_string(stack_replicas)},
                      {"vllm_replicas", std::to_string(backends)}};
  for (const int users : {1, 4}) {
    loadgen::StageResult stage;
    stage.concurrency = users;
    stage.measured.measured_ns = 10 * kSecond;
    auto& counters = stage.measured.counters;
    counters.sent = counters.ok = counters.completed_in_window =
        static_cast<std::uint64_t>(10'000 * users / ms);
    for (std::uint64_t i = 0; i < counters.ok; ++i) {
      stage.measured.metrics[loadgen::Metric::e2e].record(ms * kMillisecond);
      stage.measured.metrics[loadgen::Metric::ttft].record(ms * kMillisecond / 4);
      stage.measured.metrics[loadgen::Metric::itl].record(kMillisecond);
    }
    run.result.counters.ok += counters.ok;
    run.result.counters.sent += counters.sent;
    run.result.stages.push_back(std::move(stage));
  }
  return run;
}

}  // namespace

TEST_CASE("load runs tagged by target and replicas become the benchmark's pictures") {
  const auto pictures = sweep_charts({sweep("vllm", 1, 1, 20), sweep("stack", 1, 1, 25),
                                      sweep("stack", 2, 1, 22), sweep("vllm", 1, 2, 20)});
  for (const auto* name :
       {"vllm_replica1_ttft_vs_concurrency", "vllm_replica1_itl_vs_concurrency",
        "vllm_replica1_req_latency_vs_concurrency", "vllm_replica1_benchmark_results",
        "vllm_replica2_ttft_vs_concurrency"}) {
    CAPTURE(name);
    CHECK(pictures.contains(name));
  }
  CHECK(pictures.size() == 8);
  const auto& ttft = pictures.at("vllm_replica1_ttft_vs_concurrency");
  for (const auto* text : {"direct", "stack, 1 replica", "stack, 2 replicas", "TTFT, ms"}) {
    CAPTURE(text);
    CHECK(ttft.find(text) != std::string::npos);
  }
  CHECK(pictures.at("vllm_replica2_ttft_vs_concurrency").find("stack") == std::string::npos);
}

TEST_CASE("runs without these tags are no points, and of the same tags the latest counts") {
  auto other = sweep("gpu", 1, 1, 20);
  CHECK(sweep_charts({other}).empty());
  auto old = sweep("vllm", 1, 1, 500);
  old.started_at_ns = 1;
  auto fresh = sweep("vllm", 1, 1, 20);
  fresh.started_at_ns = 2;
  CHECK(sweep_charts({fresh, old}) == sweep_charts({fresh}));
}

TEST_CASE("load runs are found in folders, other records are passed over, broken ones are told") {
  const auto folder = std::filesystem::temp_directory_path() /
                      ("hopcost-test-charts-" + std::to_string(::getpid()));
  const auto put = [&](const char* name, const std::string& text) {
    std::filesystem::create_directories(folder / name);
    std::ofstream(folder / name / "run.json") << text;
  };
  auto run = sweep("vllm", 1, 1, 20);
  run.judgement = loadgen::judge(run.options, run.result);
  put("a", loadgen::to_json(run).dump());
  put("b", R"({"schema": "hopcost.overhead/1"})");
  const auto found = load_runs_in(folder);
  INFO((found ? "" : found.error().to_string()));
  REQUIRE(found);
  REQUIRE(found->size() == 1);
  CHECK(found->front().options.tags.size() == 3);
  put("c", "{");
  const auto broken = load_runs_in(folder);
  REQUIRE_FALSE(broken);
  CHECK(broken.error().where.ends_with("c/run.json"));
  std::filesystem::remove_all(folder);
  CHECK_FALSE(load_runs_in(folder));
}
