#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include <nlohmann/json.hpp>

#include "tests/catch.hpp"
#include "tests/integration/mock_and_load.hpp"
#include "tests/support/variable.hpp"

using namespace hopcost;
using namespace hopcost::test;

namespace {

namespace fs = std::filesystem;

std::string example() {
  return (source() / "configs" / "run_only" / "example.yaml").string();
}

/// The folder of a workload, by a part of its name.
fs::path folder_of(const fs::path& work, const std::string& workload) {
  for (const auto& entry : fs::directory_iterator(work)) {
    if (entry.path().filename().string().find(workload) != std::string::npos) return entry.path();
  }
  return {};
}

/// Whether pictures become PNG here.
bool draws_png() {
  return std::system("command -v rsvg-convert >/dev/null 2>&1") == 0;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

}  // namespace

TEST_CASE("run-only sends every workload and leaves llm-d's files, at the rates asked for") {
  const Mock mock({"--ttft", "2ms", "--itl", "100us", "--model", "Qwen/Qwen3-0.6B"});
  const TemporaryFolder folder;
  const Variable url("ENDPOINT_URL", mock.url);
  const Variable work("WORK_DIR", folder.path().string());
  const auto outcome =
      run_program({"overhead", "run-only", "-c", example(), "--time-scale", "0.1", "--quiet"});
  INFO(outcome.out << outcome.err);
  REQUIRE(outcome.code == 0);
  const auto lines = lines_of(outcome.out);
  REQUIRE(lines.size() > 2);
  CHECK(lines[lines.size() - 2].find("The current work dir is " + folder.path().string()) !=
        std::string::npos);
  const auto sanity = folder_of(folder.path(), "sanity_random");
  REQUIRE_FALSE(sanity.empty());
  const auto steady = nlohmann::json::parse(read_file(sanity / "stage_0_lifecycle_metrics.json"));
  CHECK(steady["load_summary"]["requested_rate"] == Catch::Approx(1));
  CHECK(steady["load_summary"]["achieved_rate"].get<double>() == Catch::Approx(1).epsilon(0.01));
  const auto where = folder_of(folder.path(), "shared_prefix_synthetic");
  REQUIRE(where.filename().string().starts_with("inference-perf_"));
  REQUIRE(where.filename().string().ends_with("_shared_prefix_synthetic_local-Qwen3-0.6B"));
  for (const auto* const name :
       {"shared_prefix_synthetic.yaml", "config.yaml", "stdout.log", "stderr.log",
        "summary_lifecycle_metrics.json", "per_request_lifecycle_metrics.json",
        "stage_0_lifecycle_metrics.json", "stage_2_lifecycle_metrics.json",
        "benchmark_report,_stage_0_lifecycle_metrics.json.yaml",
        "benchmark_report,_stage_2_lifecycle_metrics.json.yaml", "analysis/latency_vs_qps.svg",
        "analysis/throughput_vs_qps.svg", "analysis/throughput_vs_latency.svg"}) {
    CAPTURE(name);
    CHECK(fs::exists(where / name));
    if (draws_png() && std::string(name).ends_with(".svg")) {
      CHECK(fs::exists((where / name).replace_extension(".png")));
    }
  }
  // 2/s for 4 s, 5/s for 5 s, 8/s for 6 s.
  const double rates[] = {2, 5, 8};
  for (int stage = 0; stage < 3; ++stage) {
    const auto file = where / ("stage_" + std::to_string(stage) + "_lifecycle_metrics.json");
    const auto load = nlohmann::json::parse(read_file(file))["load_summary"];
    CHECK(load["requested_rate"] == Catch::Approx(rates[stage]));
    CHECK(load["achieved_rate"].get<double>() == Catch::Approx(rates[stage]).epsilon(0.01));
  }
  const auto summary = nlohmann::json::parse(read_file(where / "summary_lifecycle_metrics.json"));
  CHECK(summary["load_summary"]["count"] == 8 + 25 + 48);
  CHECK(summary["failures"]["count"] == 0);
  CHECK(summary["successes"]["output_len"]["mean"] == Catch::Approx(256));
  const auto requests =
      nlohmann::json::parse(read_file(where / "per_request_lifecycle_metrics.json"));
  CHECK(requests.size() == 8 + 25 + 48);
}

TEST_CASE("run-only without a work_dir makes a folder, and the last line but one names it") {
  const Mock mock;
  const TemporaryFolder folder;
  const auto file =
      folder.write("config.yaml", "endpoint: {stack_name: s, model: mock-model, base_url: '" +
                                      mock.url + "'}\nworkload: {sanity_random: }\n");
  const auto outcome =
      run_program({"overhead", "run-only", "-c", file, "--time-scale", "0.1", "--quiet"});
  INFO(outcome.out << outcome.err);
  REQUIRE(outcome.code == 0);
  const auto lines = lines_of(outcome.out);
  REQUIRE(lines.size() > 2);
  const auto& line = lines[lines.size() - 2];
  const fs::path made = line.substr(line.rfind(' ') + 1);
  CHECK(made.is_absolute());
  CHECK(fs::exists(folder_of(made, "sanity_random") / "summary_lifecycle_metrics.json"));
  fs::remove_all(made);
}

TEST_CASE("run-only that is stopped ends its harness, and says what was saved") {
  const Mock mock;
  const TemporaryFolder folder;
  const Variable url("ENDPOINT_URL", mock.url);
  const Variable work("WORK_DIR", folder.path().string());
  RunningProgram program({"overhead", "run-only", "-c", example()});
  REQUIRE(eventually([&] { return !folder_of(folder.path(), "sanity_random").empty(); }));
  program.signal(SIGINT);
  CHECK(program.wait(std::chrono::seconds(20)) == 130);
  CHECK(program.out().find("(stopped)") != std::string::npos);
  CHECK(program.out().find("The current work dir is " + folder.path().string()) !=
        std::string::npos);
}

TEST_CASE("run-only says what is wrong with the endpoint, and keeps what there is") {
  const TemporaryFolder folder;
  const Variable url("ENDPOINT_URL", "http://127.0.0.1:9");
  const Variable work("WORK_DIR", folder.path().string());
  const auto outcome = run_program({"overhead", "run-only", "-c", example(), "--quiet"});
  INFO(outcome.out << outcome.err);
  CHECK(outcome.code == 69);
  CHECK(outcome.err.find("127.0.0.1:9") != std::string::npos);
  CHECK(outcome.out.find("What was saved is there") != std::string::npos);
}

TEST_CASE("a design prints its setups, each with its runs") {
  const TemporaryFolder folder;
  const auto file = folder.write(
      "d.yaml", "setup: {factors: [w], levels: {w: [1, 2]}}\nrun: {constants: {q: 5}}\n");
  const auto outcome = run_program({"overhead", "design", file});
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "setup\tw=1\nrun\tq=5\nsetup\tw=2\nrun\tq=5\n");
}
