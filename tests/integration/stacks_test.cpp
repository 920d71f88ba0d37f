// Stacks that other people make, as their manifests install and start them.

#include "tests/integration/mock_and_load.hpp"
#include "tests/integration/stack_check.hpp"

using namespace hopcost::test;

namespace {

/// Two workers, nothing altered, streams as they come and connections kept.
void check_well_kept(const std::string& name, int workers = 2) {
  if (skipped(name)) return;
  const StackCheck check(name, workers);
  check_transparent(check);
  INFO(check.outcome.out);
  CHECK_FALSE(check.change("unary", "model"));
  CHECK_FALSE(check.change("stream", "[DONE]"));
  CHECK_FALSE(check.change("stream", "merged"));
  CHECK(check.probe("upstream 500")["upstream_requests"] == 1);
  CHECK(check.load(0)["connections_per_request"].get<double>() < 0.5);
  CHECK(check.load(1)["events_per_read"].get<double>() < 6);  // of 12: a stack that holds has all
}

}  // namespace

TEST_CASE("haproxy passes everything on, with two threads") {
  check_well_kept("haproxy");
}
TEST_CASE("caddy passes everything on") {
  check_well_kept("caddy");
}
TEST_CASE("envoy passes everything on, with two threads") {
  check_well_kept("envoy");
}
TEST_CASE("fastapi passes everything on, with two processes") {
  check_well_kept("fastapi");
}
TEST_CASE("vllm-router passes everything on, with two threads") {
  check_well_kept("vllm-router");
}
TEST_CASE("sglang-router passes everything on, with two threads") {
  check_well_kept("sglang-router");
}
TEST_CASE("portkey passes everything on") {
  check_well_kept("portkey", 1);
}

TEST_CASE("portkey has no workers, and two of them are refused") {
  if (skipped("portkey")) return;
  const auto outcome = run_program({"overhead", "stacks", "--check", "portkey", "--workers", "2"});
  CHECK(outcome.code == 64);
  CHECK(outcome.err.find("use --replicas") != std::string::npos);
}

TEST_CASE("haproxy by default holds streams back: found by a run, with no hint in the manifest") {
  if (skipped("haproxy-default")) return;
  const StudyRun study(
      {"--stack", "haproxy,haproxy-default", "--concurrency", "1", "--streaming", "on"});
  INFO(study.outcome.err << study.outcome.out);
  REQUIRE(study.record["cells"].size() == 2);
  CHECK(study.check(0, "stream_coalesced")["fired"] == false);
  CHECK(study.check(1, "stream_coalesced")["fired"] == true);
}

TEST_CASE("portkey with a newer dependency breaks every stream: found by a run") {
  const auto manifest = (source() / "tests/integration/stacks/portkey-newer.yaml").string();
  const auto installed = run_program({"overhead", "stacks", "--install", manifest});
  if (installed.code != 0) {
    std::printf("SKIPPED: %s\n", installed.err.c_str());
    return;
  }
  const StudyRun study({"--stack", manifest, "--concurrency", "1"});
  INFO(study.outcome.err << study.outcome.out);
  REQUIRE(study.record["cells"].size() == 2);
  CHECK(study.check(0, "errors")["fired"] == false);
  CHECK(study.check(1, "errors")["fired"] == true);
}
