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
