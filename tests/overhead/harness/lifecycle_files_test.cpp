#include "overhead/harness/lifecycle_files.hpp"

#include <filesystem>

#include "tests/catch.hpp"
#include "tests/support/program.hpp"

using namespace hopcost;
using namespace hopcost::overhead;
using hopcost::test::TemporaryFolder;

namespace {

namespace fs = std::filesystem;

/// What loadgen leaves behind of two stages.
void write_formats(const TemporaryFolder& folder) {
  fs::create_directories(folder.path() / "inference-perf");
  fs::create_directories(folder.path() / "llm-d");
  for (const auto* const name :
       {"inference-perf/summary_lifecycle_metrics.json",
        "inference-perf/stage_0_lifecycle_metrics.json",
        "inference-perf/stage_1_lifecycle_metrics.json",
        "inference-perf/per_request_lifecycle_metrics.json", "inference-perf/config.yaml",
        "llm-d/benchmark_report_v0.2,_stage_0.yaml", "llm-d/benchmark_report_v0.2,_stage_1.yaml"}) {
    (void)folder.write(name, name);
  }
}

}  // namespace

TEST_CASE("what was written is put under llm-d's names") {
  const TemporaryFolder folder;
  write_formats(folder);
  loadgen::Profile wanted;
  wanted.per_request = true;
  REQUIRE(put_lifecycle_files(folder.path(), wanted));
  for (const auto* const name :
       {"summary_lifecycle_metrics.json", "stage_0_lifecycle_metrics.json",
        "stage_1_lifecycle_metrics.json", "per_request_lifecycle_metrics.json", "config.yaml",
        "benchmark_report,_stage_0_lifecycle_metrics.json.yaml",
        "benchmark_report,_stage_1_lifecycle_metrics.json.yaml"}) {
    CAPTURE(name);
    CHECK(fs::exists(folder.path() / name));
  }
  CHECK_FALSE(fs::exists(folder.path() / "inference-perf"));
  CHECK_FALSE(fs::exists(folder.path() / "llm-d"));
}

TEST_CASE("a report that is not asked for is not there") {
  const TemporaryFolder folder;
  write_formats(folder);
  loadgen::Profile wanted;
  wanted.summary = false;
  wanted.per_stage = false;
  REQUIRE(put_lifecycle_files(folder.path(), wanted));
  CHECK_FALSE(fs::exists(folder.path() / "summary_lifecycle_metrics.json"));
  CHECK_FALSE(fs::exists(folder.path() / "stage_0_lifecycle_metrics.json"));
  CHECK_FALSE(fs::exists(folder.path() / "per_request_lifecycle_metrics.json"));
  CHECK(fs::exists(folder.path() / "config.yaml"));
  CHECK(fs::exists(folder.path() / "benchmark_report,_stage_0_lifecycle_metrics.json.yaml"));
}

TEST_CASE("of a run that was stopped nothing is there, and nothing is missing") {
  const TemporaryFolder folder;
  CHECK(put_lifecycle_files(folder.path(), {}));
}
