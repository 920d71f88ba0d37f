// The gateways that take a minute to start: scripts/test.sh --stacks.

#include "tests/integration/mock_and_load.hpp"
#include "tests/integration/stack_check.hpp"

using namespace hopcost::test;

TEST_CASE("ogx: the model is rewritten, [DONE] is dropped, errors are tried three times") {
  if (skipped("ogx")) return;
  const StackCheck check("ogx", 2);
  check_transparent(check);
  INFO(check.outcome.out);
  CHECK(check.change("unary", "model"));
  CHECK(check.change("stream", "[DONE]"));
  CHECK(check.probe("upstream 500")["upstream_requests"].get<int>() > 1);
  CHECK(check.load(0)["connections_per_request"].get<double>() < 0.5);
}

TEST_CASE("ogx with two workers waits for acknowledgements, and with uvloop it does not") {
  if (skipped("ogx") || skipped("ogx-uvloop")) return;
  const StudyRun study(
      {"--stack", "ogx,ogx-uvloop", "--workers", "2", "--concurrency", "1", "--streaming", "off"});
  INFO(study.outcome.err << study.outcome.out);
  REQUIRE(study.record["cells"].size() == 2);
  CHECK(study.check(0, "delayed_ack")["fired"] == true);
  CHECK(study.check(1, "delayed_ack")["fired"] == false);
  CHECK(study.check(0, "workers_mismatch")["fired"] == false);
  CHECK(study.check(1, "workers_mismatch")["fired"] == false);
}

TEST_CASE("llama-stack opens a connection for each request") {
  if (skipped("llama-stack")) return;
  const StackCheck check("llama-stack", 2);
  check_transparent(check);
  INFO(check.outcome.out);
  CHECK(check.change("stream", "[DONE]"));
  CHECK(check.load(0)["connections_per_request"].get<double>() > 0.9);
}

TEST_CASE(
    "llama-stack against ogx: a comparison finds a connection for each request, and its cost") {
  if (skipped("ogx") || skipped("llama-stack")) return;
  const TemporaryFolder folder;
  const auto outcome = run_program({"overhead", "compare", "--base-stack", "ogx", "--head-stack",
                                    "llama-stack", "--concurrency", "1", "--restarts", "3",
                                    "--quiet", "--output", folder.path().string()});
  INFO(outcome.out << outcome.err);
  const auto record = nlohmann::json::parse(read_file(folder.path() / "run.json"));
  REQUIRE(record["cells"].size() == 1);
  const auto& cell = record["cells"][0];
  CHECK(check_of(cell, "connection_churn")["fired"] == true);
  if (cell["state"] == "no verdict") return;  // the machine was busy, and it says so
  CHECK(outcome.code == 1);
  CHECK(cell["overheads"]["cpu_per_request"]["difference"]["low"].get<double>() > 0);
}

TEST_CASE("ogx that stores every completion works on after its replies: found by a run") {
  if (skipped("ogx")) return;
  const TemporaryFolder folder;
  auto manifest = read_file(source() / "configs" / "stacks" / "ogx.yaml");
  const auto replace = [&](const std::string& text, const std::string& by) {
    const auto at = manifest.find(text);
    REQUIRE(at != std::string::npos);
    manifest.replace(at, text.size(), by);
  };
  replace("name: ogx\n", "name: ogx-that-stores\n");
  replace("pip: [", "folder: ogx\n  pip: [");
  replace("locks/ogx.txt", (source() / "configs" / "stacks" / "locks" / "ogx.txt").string());
  replace("inference:     {enabled: false", "inference:     {enabled: true");
  const auto storing = folder.write("ogx-that-stores.yaml", manifest);
  const StudyRun study({"--stack", "ogx," + storing, "--concurrency", "8", "--streaming", "off"},
                       "1s");
  INFO(study.outcome.err << study.outcome.out);
  REQUIRE(study.record["cells"].size() == 2);
  CHECK(study.check(0, "deferred_work")["fired"] == false);
  CHECK(study.check(1, "deferred_work")["fired"] == true);
}

TEST_CASE("litellm answers with two workers, in its own words") {
  if (skipped("litellm")) return;
  const StackCheck check("litellm", 2);
  check_transparent(check);
  INFO(check.outcome.out);
  CHECK_FALSE(check.change("stream", "[DONE]"));
  CHECK(check.load(0)["connections_per_request"].get<double>() < 0.5);
}

TEST_CASE("a client for each request is a connection for each request: found by a run") {
  if (skipped("fastapi-new-client")) return;
  const StudyRun study(
      {"--stack", "fastapi,fastapi-new-client", "--concurrency", "1", "--streaming", "off"});
  INFO(study.outcome.err << study.outcome.out);
  REQUIRE(study.record["cells"].size() == 2);
  CHECK(study.check(0, "connection_churn")["fired"] == false);
  CHECK(study.check(1, "connection_churn")["fired"] == true);
}
