#include <filesystem>

#include "tests/catch.hpp"
#include "tests/integration/mock_and_load.hpp"
#include "tests/integration/stack_check.hpp"
#include "tests/integration/study.hpp"

using namespace hopcost::test;

TEST_CASE("a run writes a record from which everything can be told") {
  const StudyRun study({"--stack", "reference", "--concurrency", "1,4", "--workers", "1"});
  INFO(study.outcome.err << study.outcome.out);
  REQUIRE((study.outcome.code == 0 || study.outcome.code == 2));  // 2 on a machine too busy to tell
  REQUIRE_FALSE(study.record.is_discarded());
  CHECK(study.record["schema"] == "hopcost.overhead/1");
  CHECK(study.record["trial"] == true);
  CHECK(study.record["seed"].get<std::uint64_t>() != 0);
  REQUIRE(study.record["cells"].size() == 4);
  for (const auto& cell : study.record["cells"]) {
    INFO(cell["id"]);
    CHECK(cell["passes"].size() == 12);  // 2 restarts x 2 rounds x 3 arms
    CHECK(cell["overheads"].contains(cell["headline"].get<std::string>()));
    CHECK(cell["checks"].size() >= 9);
    CHECK(cell["workers_seen"]["seen"][0] == 1);
    CHECK(cell["backend_connections_per_request"].get<double>() < 0.1);
    CHECK(cell["cpu_per_request_ns"]["value"].get<double>() > 0);
    for (const auto& pass : cell["passes"]) CHECK(pass["failures"].empty());
  }
  CHECK(read_file(study.folder.path() / "results/summary.md").find("reference") !=
        std::string::npos);
  CHECK(study.outcome.out.find("Results: ") != std::string::npos);
}

TEST_CASE("each cell and arm is there in other tools' forms, all its passes as one load run") {
  const StudyRun study({"--stack", "reference", "--concurrency", "2", "--streaming", "off",
                        "--format", "locust,junit"});
  INFO(study.outcome.err << study.outcome.out);
  const auto& cell = study.record["cells"][0];
  for (const auto* arm : {"baseline", "stack"}) {
    INFO(arm);
    std::uint64_t sent = 0;
    for (const auto& pass : cell["passes"]) {
      if (pass["arm"] == arm) sent += pass["sent"].get<std::uint64_t>();
    }
    const auto folder = study.folder.path() / "results/cells" / cell["id"].get<std::string>() / arm;
    const auto stats = read_file(folder / "locust/loadgen_stats.csv");
    CHECK(stats.find("Aggregated," + std::to_string(sent) + ",") != std::string::npos);
    CHECK(std::filesystem::exists(folder / "junit.xml"));
  }
  const auto unknown = run_program({"overhead", "run", "--stack", "reference", "--format", "odd"});
  CHECK(unknown.code == 64);
  CHECK(unknown.err.find("locust") != std::string::npos);
}

TEST_CASE("config.yaml of a run repeats it, with the same order of arms") {
  const StudyRun first({"--stack", "reference", "--concurrency", "1", "--streaming", "off"});
  INFO(first.outcome.err);
  const StudyRun second({first.results() + "/config.yaml"});
  INFO(second.outcome.err);
  REQUIRE(second.record["cells"].size() == 1);
  CHECK(second.record["seed"] == first.record["seed"]);
  CHECK(second.record["config"] == first.record["config"]);
}

TEST_CASE("a run is made again, and told to be the same, different, or too wide to tell") {
  const StudyRun first({"--stack", "reference", "--concurrency", "1", "--streaming", "off"});
  INFO(first.outcome.err);
  const auto again = run_program({"overhead", "reproduce", first.results(), "--within", "50", "-q",
                                  "-o", (first.folder.path() / "again").string()});
  INFO(again.out << again.err);
  REQUIRE((again.code >= 0 && again.code <= 2));
  const std::string words[] = {"\nreproduced\n", "\ndiffers\n", "\ncannot tell\n"};
  CHECK(again.out.find(words[again.code]) != std::string::npos);
  if (again.code != 2) {  // a busy machine has no figure to compare
    CHECK(read_file(first.folder.path() / "again/reproduction.txt").find("e2e.p50") !=
          std::string::npos);
  }
  const auto record = nlohmann::json::parse(read_file(first.folder.path() / "again/run.json"));
  CHECK(record["config"] == first.record["config"]);
  CHECK(run_program({"overhead", "reproduce", first.results() + "-none"}).code == 64);
}

TEST_CASE("a delay that the stack adds is found") {
  const TemporaryFolder folder;
  const auto manifest = proxy_manifest(folder, "slow", ", --add-delay, 5ms");
  const StudyRun study({"--stack", manifest, "--concurrency", "1", "--streaming", "off"});
  INFO(study.outcome.err);
  const auto& overhead = study.record["cells"][0]["overheads"]["e2e.p50"]["difference"];
  CHECK(overhead["value"].get<double>() > 4.9e6);  // a sleep is never shorter than asked
  CHECK(study.record["cells"][0]["overheads"]["request_path.p50"]["difference"]["value"]
            .get<double>() > 4.9e6);
}

TEST_CASE("a stack that holds streams back is told") {
  const TemporaryFolder folder;
  const auto manifest = proxy_manifest(folder, "holding", ", --buffer");
  const StudyRun study({"--stack", manifest, "--concurrency", "1", "--streaming", "on"});
  INFO(study.outcome.err << study.outcome.out);
  CHECK(study.check(0, "stream_coalesced")["fired"] == true);
  CHECK(study.outcome.out.find("stream_coalesced") != std::string::npos);
}

TEST_CASE("two workers asked for and one started is a mismatch and no verdict") {
  const TemporaryFolder folder;
  const auto manifest = proxy_manifest(folder, "stubborn", "", "\"1\"");
  const StudyRun study(
      {"--stack", manifest, "--workers", "2", "--concurrency", "1", "--streaming", "off"});
  INFO(study.outcome.err << study.outcome.out);
  CHECK(study.outcome.code == 2);
  CHECK(study.record["cells"][0]["state"] == "no verdict");
  CHECK(study.check(0, "workers_mismatch")["fired"] == true);
  CHECK(study.outcome.out.find("asked for 2, saw 1") != std::string::npos);
}

TEST_CASE("two workers asked for and two started is no mismatch, over two replicas") {
  const StudyRun study({"--stack", "reference", "--workers", "2", "--replicas", "2",
                        "--concurrency", "2", "--streaming", "off"});
  INFO(study.outcome.err << study.outcome.out);
  CHECK(study.check(0, "workers_mismatch")["fired"] == false);
  CHECK(study.record["cells"][0]["workers_seen"]["seen"] == nlohmann::json({2, 2}));
}

TEST_CASE("nginx by default is told apart from nginx tuned") {
  if (skipped("nginx")) return;
  const StudyRun study(
      {"--stack", "nginx,nginx-default", "--concurrency", "1", "--streaming", "on"});
  INFO(study.outcome.err << study.outcome.out);
  REQUIRE(study.record["cells"].size() == 2);
  CHECK(study.check(0, "stream_coalesced")["fired"] == false);
  CHECK(study.check(0, "connection_churn")["fired"] == false);
  CHECK(study.check(1, "stream_coalesced")["fired"] == true);
  CHECK(study.check(1, "connection_churn")["fired"] == true);
  CHECK(study.record["cells"][1]["backend_connections_per_request"].get<double>() ==
        Catch::Approx(1).margin(0.1));
}

TEST_CASE("calibrate recovers known costs and says what the proxy clocked") {
  const TemporaryFolder folder;
  const auto outcome =
      run_program({"overhead", "calibrate", "--delay", "2ms", "--chunk-delay", "2ms", "--burn",
                   "2ms", "--restarts", "2", "--rounds", "2", "--null-intervals", "1", "--quiet",
                   "--output", folder.path().string()});
  INFO(outcome.err << outcome.out);
  CHECK(outcome.code >= 0);
  CHECK(outcome.code <= 2);
  const auto record = nlohmann::json::parse(read_file(folder.path() / "calibration.json"));
  REQUIRE(record["costs"].size() == 3);
  for (const auto& cost : record["costs"]) {
    INFO(cost.dump());
    CHECK(cost["truth_ns"].get<double>() > 1.9e6);
    CHECK(cost["recovered"]["value"].get<double>() > 1e6);
  }
  CHECK(record["buffering"].is_null());  // only what was asked for
  CHECK(record["null_intervals"].size() == 1);
}

TEST_CASE("two endpoints that somebody else runs are compared, and what cannot be seen is said") {
  const Mock backend({"--ttft", "2ms"});
  RunningProgram proxy({"reference_proxy", "--listen", "127.0.0.1:0", "--backend", backend.url,
                        "--add-delay", "5ms"});
  const auto url = proxy.wait_for_line("listening on ");
  const StudyRun study({"--baseline", backend.url, "--attach", url, "--concurrency", "1",
                        "--streaming", "off", "--scrape", backend.url + "/metrics"});
  INFO(study.outcome.err << study.outcome.out);
  REQUIRE((study.outcome.code == 0 || study.outcome.code == 2));
  REQUIRE(study.record["cells"].size() == 1);
  const auto& cell = study.record["cells"][0];
  CHECK(cell["id"] == "attached-c1-unary");
  CHECK(cell["backend"]["ttft_ns"].is_null());  // not ours to set, nor to know
  CHECK(cell["overheads"]["e2e.p50"]["difference"]["value"].get<double>() > 4.9e6);
  CHECK(cell["overheads"]["request_path.p50"]["difference"]["value"].get<double>() > 4.9e6);
  CHECK(cell["cpu_per_request_ns"]["value"].get<double>() > 0);  // found by its port
  for (const auto* code :
       {"workers_mismatch", "retried", "connection_churn", "backend_saturated"}) {
    INFO(code);
    CHECK(study.check(0, code)["checked"] == false);
  }
  CHECK(study.check(0, "other_load")["checked"] == true);
  CHECK(study.outcome.out.find("repetitions") != std::string::npos);
  const auto metrics = study.folder.path() / "results" / "metrics";
  CHECK(read_file(metrics / "attached-c1-unary-1-0-stack.txt").find("vllm:") != std::string::npos);
}

TEST_CASE("attach: what is missing or not there is named") {
  const auto says = [](std::vector<std::string> arguments, int code, const std::string& what) {
    arguments.insert(arguments.begin(), {"overhead", "run"});
    const auto outcome = run_program(arguments);
    INFO(outcome.err);
    CHECK(outcome.code == code);
    CHECK((outcome.err + outcome.out).find(what) != std::string::npos);
  };
  const TemporaryFolder folder;
  const auto out = (folder.path() / "results").string();
  says({"--baseline", "http://127.0.0.1:1"}, 64, "--baseline and --attach go together");
  const Mock mock;
  says({"--baseline", mock.url, "--attach", mock.url, "--scrape", mock.url + "/no-such", "-q", "-o",
        out},
       69, "--scrape");
  says({"--baseline", "http://127.0.0.1:1", "--attach", "http://127.0.0.1:2", "--stack", "nginx"},
       64, "no --stack");
  says({"--baseline", "http://127.0.0.1:1", "--attach", "http://127.0.0.1:2", "-q", "-o", out}, 69,
       "127.0.0.1:1");
}

TEST_CASE("a gate over a run: its exit code is its verdict, and its files say why") {
  const TemporaryFolder folder;
  const auto manifest = proxy_manifest(folder, "slow", ", --add-delay, 5ms");
  const StudyRun study({"--stack", manifest, "--concurrency", "1", "--streaming", "off"});
  INFO(study.outcome.err << study.outcome.out);
  const auto gate = [&](const std::string& budgets, std::vector<std::string> more = {}) {
    more.insert(more.begin(),
                {"overhead", "gate", study.results(), "--budget", folder.write("b.yaml", budgets)});
    return run_program(std::move(more));
  };
  const bool told = study.record["cells"][0]["state"] == "measured";  // else the machine was busy
  const auto failed = gate("budgets: [{at_most: 1ms}]\n");
  INFO(failed.out << failed.err);
  CHECK(failed.code == (told ? 1 : 2));
  CHECK(gate("budgets: [{at_most: 10s}]\n").code == (told ? 0 : 2));
  CHECK(gate("budgets: [{cells: other, at_most: 10s}]\n").code == 2);
  CHECK(gate("budgets: [{at_most: fast}]\n").code == 64);
  const std::string growth = "budgets: [{grows_at_most: 1s}]\n";
  CHECK(gate(growth).code == 2);  // since when?
  CHECK(gate(growth, {"--stored", study.results()}).code == (told ? 0 : 2));
  const auto results = study.folder.path() / "results";
  CHECK(nlohmann::json::parse(read_file(results / "gate.json"))["schema"] == "hopcost.gate/1");
  CHECK(read_file(results / "gate-junit.xml").find("overhead gate") != std::string::npos);
  CHECK(read_file(results / "gate.md").starts_with("**"));
}

TEST_CASE("two builds of one stack: head's cost over base's, and what a bisection is told") {
  const TemporaryFolder folder;
  const auto results = folder.path() / "results";
  const std::string proxy =
      "{bin}/reference_proxy --listen 127.0.0.1:{port} --backend {backend_url}";
  const auto compare = [&](const std::string& head, std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"overhead", "compare", "--base", proxy, "--head", head, "--ready",
                               "/__reference/health", "--restarts", "2", "--min-pass", "100ms",
                               "-q", "-o", results.string()});
    return run_program(std::move(more));
  };
  const auto dearer = compare(proxy + " --burn-cpu 500us");
  INFO(dearer.out << dearer.err);
  const auto record = nlohmann::json::parse(read_file(results / "run.json"));
  const auto& cell = record["cells"][0];
  CHECK(cell["compares"]["ours"] == "head");
  CHECK(cell["compares"]["theirs"] == "base");
  CHECK(cell["overheads"]["cpu_per_request"]["difference"]["value"].get<double>() > 400e3);
  // On a busy machine the cell may have no verdict, or its latency be below what two restarts can
  // tell; CPU may be told all the same.
  CHECK((dearer.code == 1 || (dearer.code == 2 && cell["state"] != "measured")));
  CHECK((dearer.code == 2 || cell["state"] != "no verdict"));
  CHECK(read_file(results / "summary.md").find("cpu_per_request") != std::string::npos);
  CHECK(nlohmann::json::parse(read_file(results / "gate.json"))["schema"] == "hopcost.gate/1");

  // The record is one of a run: a gate judges it again, by other budgets.
  const auto again = run_program({"overhead", "gate", results.string(), "--budget",
                                  folder.write("b.yaml",
                                               "budgets: [{quantity: cpu_per_request, "
                                               "at_most: 2%}]\n")});
  CHECK(again.code == dearer.code);

  CHECK(compare("false", {"--ready-timeout", "5s"}).code == 69);
  const auto untestable = compare("false", {"--ready-timeout", "5s", "--bisect"});
  CHECK(untestable.code == 125);
  CHECK(untestable.out.find("FAILED stack head") != std::string::npos);
}

TEST_CASE("two stacks are compared by their names, and the record says which they were") {
  const TemporaryFolder folder;
  const auto outcome =
      run_program({"overhead", "compare", "--base-stack", "reference", "--head-stack", "reference",
                   "--restarts", "2", "--min-pass", "100ms", "-q", "-o", folder.path().string()});
  INFO(outcome.out << outcome.err);
  // What two restarts say of a stack against itself is chance; that it is judged is not.
  CHECK((outcome.code >= 0 && outcome.code <= 2));
  const auto record = nlohmann::json::parse(read_file(folder.path() / "run.json"));
  CHECK(record["cells"].size() == 1);
  const auto& stacks = record["environment"]["stacks"];
  CHECK(stacks["base"].get<std::string>().find("reference_proxy") != std::string::npos);
  CHECK(stacks["head"] == stacks["base"]);
  CHECK(outcome.out.find("base: reference_proxy") != std::string::npos);
}

TEST_CASE("compare: what is missing is named") {
  const auto missing = run_program({"overhead", "compare", "--base", "x"});
  CHECK(missing.code == 64);
  CHECK(missing.err.find("--head-stack NAME") != std::string::npos);
  const auto twice = run_program(
      {"overhead", "compare", "--base", "x", "--head", "y", "--head-stack", "reference"});
  CHECK(twice.code == 64);
  CHECK(twice.err.find("head is named twice") != std::string::npos);
  const auto odd = run_program(
      {"overhead", "compare", "--base", "x", "--head", "y", "--stack", "no-such-stack"});
  CHECK(odd.code == 64);
  CHECK(odd.err.find("no-such-stack") != std::string::npos);
}

TEST_CASE("doctor says what it found, with the noise floor") {
  const auto outcome = run_program({"overhead", "doctor"});
  INFO(outcome.err << outcome.out);
  CHECK(outcome.code == 0);
  for (const auto* topic : {"CPUs", "clock source", "open files", "other load", "noise floor"}) {
    CHECK(outcome.out.find(topic) != std::string::npos);
  }
  CHECK(outcome.out.find("not measured") == std::string::npos);
}
