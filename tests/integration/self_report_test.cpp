#include "tests/catch.hpp"
#include "tests/integration/study.hpp"

using namespace hopcost::test;

TEST_CASE("what a stack states of itself stands beside what was measured") {
  const TemporaryFolder folder;
  const auto manifest = proxy_manifest(folder, "stating", ", --add-delay, 2ms, --report-time");
  (void)folder.write(
      "stating.yaml",
      read_file(manifest) + "self_reported: {header: x-reference-time-us, means: total}\n");
  const StudyRun study({"--stack", manifest, "--concurrency", "1", "--streaming", "off"});
  INFO(study.outcome.err << study.outcome.out);
  const auto& report = study.record["cells"][0]["self_reported"];
  REQUIRE(report.is_object());
  CHECK(report["means"] == "total");
  // Its clock sees the delay that it adds, but not the way to it and back.
  CHECK(report["reported"]["value"].get<double>() > 1.5e6);
  CHECK(report["unexplained"]["value"].get<double>() > 0);
  CHECK(study.outcome.out.find("unexplained") != std::string::npos);
}

TEST_CASE("microbenchmarks have round trips of one user, direct and through the proxy") {
  const TemporaryFolder folder;
  const auto out = (folder.path() / "micro.json").string();
  const auto outcome = run_program({"overhead_micro", "--benchmark_filter=unary_",
                                    "--benchmark_out=" + out, "--benchmark_out_format=json"});
  INFO(outcome.err << outcome.out);
  CHECK(outcome.code == 0);
  const auto json = nlohmann::json::parse(read_file(out));
  REQUIRE(json["benchmarks"].size() == 2);
  for (const auto& benchmark : json["benchmarks"]) {
    INFO(benchmark.dump());
    CHECK_FALSE(benchmark.contains("error_occurred"));
    CHECK(benchmark["real_time"].get<double>() > 0);
  }
}
