// Open loops, several backends, and a stack that is idle and slow. Real processes.

#include "tests/catch.hpp"
#include "tests/integration/study.hpp"

using hopcost::test::proxy_manifest;
using hopcost::test::StudyRun;
using hopcost::test::TemporaryFolder;

TEST_CASE("an open loop is driven at its rate, and one that cannot be kept is not begun") {
  const StudyRun study({"--stack", "reference", "--streaming", "off", "--rate", "100/s,4000/s",
                        "--max-in-flight", "2", "--ttft", "5ms"});
  INFO(study.outcome.out << study.outcome.err);
  const auto& cells = study.record["cells"];
  REQUIRE(cells.size() == 2);
  CHECK(cells[0]["id"] == "reference-w1-r1-q100-unary");
  CHECK(cells[0]["rate_per_s"] == 100);
  REQUIRE_FALSE(cells[0]["passes"].empty());
  CHECK(study.check(0, "rate_missed")["checked"] == true);
  CHECK(study.check(0, "little")["fired"] == false);
  // 4 000 a second of at least 5 ms need 20 under way, and there may be 2.
  CHECK(study.check(1, "little")["fired"] == true);
  CHECK(cells[1]["state"] == "no verdict");
  CHECK(cells[1]["passes"].empty());
  CHECK(study.outcome.out.find("100/s") != std::string::npos);
}

TEST_CASE("a reply in two writes under Nagle's algorithm is named, with the probe that shows it") {
  const TemporaryFolder folder;
  const auto manifest = proxy_manifest(folder, "split", ", --split-replies");
  const StudyRun study({"--stack", manifest, "--concurrency", "8", "--streaming", "off"});
  INFO(study.outcome.out << study.outcome.err);
  const auto check = study.check(0, "delayed_ack");
  INFO(check.dump());
  const auto& added = study.record["cells"][0]["overheads"]["e2e.p50"]["difference"]["value"];
  if (added.is_null() || added.get<double>() < 38e6 || added.get<double>() > 60e6) {
    WARN("this machine's kernel does not delay acknowledgements by 40 ms: nothing to name");
    return;
  }
  CHECK(check["fired"] == true);
  CHECK(check["blocking"] == false);
}

TEST_CASE("two instances of a stack over one backend and two: each is used, and a ratio is named") {
  const TemporaryFolder folder;
  const StudyRun study({"--stack", "reference", "--replicas", "1,2", "--backend-replicas", "2",
                        "--concurrency", "4", "--streaming", "on", "--ceilings", "off"});
  INFO(study.outcome.out << study.outcome.err);
  REQUIRE(study.record["cells"].size() == 2);
  CHECK(study.record["cells"][1]["id"] == "reference-w1-r2-b2-c4-stream");
  CHECK(study.record["cells"][1]["backend_replicas"] == 2);
  for (const auto& cell : study.record["cells"]) {
    CHECK(cell["checks"][0]["fired"] == false);  // errors
    for (const auto& pass : cell["passes"]) CHECK(pass["backend"]["requests"] > 0);
  }
  const bool told = study.record["cells"][0]["state"] != "no verdict" &&
                    study.record["cells"][1]["state"] != "no verdict";
  CHECK(study.record["replica_ratios"].size() == (told ? 1 : 0));

  // One backend an instance, two backends, one instance: one of them would be idle.
  const auto single = folder.write(
      "single.yaml",
      "name: single\nsummary: one backend\ncommand: [\"{bin}/reference_proxy\", --listen, "
      "\"127.0.0.1:{port}\", --backend, \"{backend_url}\"]\n"
      "ready: {path: /__reference/health}\n");
  const StudyRun idle({"--stack", single, "--backend-replicas", "2"});
  INFO(idle.outcome.out << idle.outcome.err);
  CHECK(idle.outcome.code == 64);
  CHECK(idle.outcome.out.find("1 of 2 backends would be idle") != std::string::npos);
}
