#include <csignal>

#include "tests/catch.hpp"
#include "tests/integration/mock_and_load.hpp"

using namespace hopcost::test;
using nlohmann::json;

TEST_CASE("a counted number of streams is read completely, with every stamp") {
  const Mock mock({"--ttft", "1ms", "--itl", "200us", "--output-tokens", "10"});
  for (const char* idle : {"spin", "block"}) {
    const auto record = load({mock.url, "--stream", "--stamps", "-n", "40", "-c", "4", "--warmup",
                              "0", "--output-tokens", "10", "--idle", idle});
    CHECK(record["valid"] == true);
    CHECK(record["counters"]["sent"] == 40);
    CHECK(record["counters"]["ok"] == 40);
    CHECK(record["counters"]["stamped"] == 40);
    CHECK(record["counters"]["chunks"] == 400);
    CHECK(record["counters"]["output_tokens"] == 400);
    CHECK(record["counters"]["prompt_tokens"] == 40 * 32);
    CHECK(record["counters"]["missing_done"] == 0);
    CHECK(record["counters"]["connections"] == 4);
    const auto& metrics = record["metrics_ns"];
    CHECK(metrics["chunk_transit"]["count"] == 400);
    CHECK(metrics["chunk_gap"]["count"] == 360);
    // What was asked of the mock is the least that can be measured.
    CHECK(metrics["ttft"]["min"].get<double>() >= 1e6);
    CHECK(metrics["e2e"]["min"].get<double>() >= 1e6 + 9 * 200e3);
  }
}

TEST_CASE("a constant rate sends exactly the requests that were due") {
  const Mock mock;
  const auto record =
      load({mock.url, "--rate", "200/s", "--duration", "500ms", "--warmup", "0", "-t", "2"});
  CHECK(record["counters"]["sent"].get<int>() + record["counters"]["unsent"].get<int>() == 100);
  CHECK(record["counters"]["failed"] == 0);
  CHECK(record["offered_per_s"] == 200);
}

TEST_CASE("stages send what their rates add up to, whatever the arrivals are") {
  const Mock mock;
  const auto record = load({mock.url, "--stages", "200/s:250ms,100/s-300/s:250ms,0:50ms",
                            "--arrival", "uniform", "--warmup", "100ms", "-t", "2"});
  const auto due = record["counters"]["sent"].get<int>() + record["counters"]["unsent"].get<int>();
  CHECK(due >= 99);  // one may have moved over the window's edge
  CHECK(due <= 101);
  CHECK(record["counters"]["failed"] == 0);
  CHECK(record["offered_per_s"] == Approx(100 / 0.55));
  CHECK(record["options"]["arrival"]["kind"] == "uniform");
  CHECK(record["options"]["stages"].size() == 3);
}

TEST_CASE("several targets each get their share of connections") {
  const Mock first;
  const Mock second;
  const auto record = load({first.url, second.url, "-c", "4", "-n", "100", "--warmup", "0"});
  CHECK(record["counters"]["ok"] == 100);
}

TEST_CASE("a wrong model is an invalid run that says why") {
  const Mock mock;
  const auto record = load({mock.url, "--model", "other", "-n", "5", "--warmup", "0"}, 2);
  CHECK(record["valid"] == false);
  CHECK(record["failures"]["http_status"]["count"] == 5);
  CHECK(record["failures"]["http_status"]["first"].get<std::string>().find("404") !=
        std::string::npos);
}

TEST_CASE("a target that cannot be reached is exit code 69, a missing key variable 64") {
  const auto unreachable = run_program({"loadgen", "http://127.0.0.1:1", "-n", "1"});
  CHECK(unreachable.code == 69);
  CHECK(unreachable.err.find("http://127.0.0.1:1/v1") != std::string::npos);
  CHECK(run_program({"loadgen"}).code == 64);
  CHECK(run_program({"loadgen", "http://127.0.0.1:1", "--rate", "5"}).code == 64);
  const auto stages = run_program({"loadgen", "http://127.0.0.1:1", "--stages", "5/s:1s,5:1s"});
  CHECK(stages.code == 64);
  CHECK(stages.err.find("--stages") != std::string::npos);
  const auto key =
      run_program({"loadgen", "http://127.0.0.1:1", "--api-key-env", "HOPCOST_NO_SUCH_VARIABLE"});
  CHECK(key.code == 64);
  CHECK(key.err.find("HOPCOST_NO_SUCH_VARIABLE") != std::string::npos);
}

TEST_CASE("options come from a file, and a wrong key names file and line") {
  const Mock mock;
  const TemporaryFolder folder;
  const auto good = folder.write("load.yaml", "requests: 7\nwarmup: 0\nstream: true\n");
  const auto record = load({mock.url, "--config", good});
  CHECK(record["counters"]["sent"] == 7);
  CHECK(record["options"]["stream"] == true);
  const auto bad = folder.write("bad.yaml", "requests: 7\nconcurency: 4\n");
  const auto outcome = run_program({"loadgen", mock.url, "--config", bad});
  CHECK(outcome.code == 64);
  CHECK(outcome.err.find("bad.yaml:2: concurency: unknown key") != std::string::npos);
}

TEST_CASE("Ctrl-C ends a load early and keeps what was measured") {
  const Mock mock({"--ttft", "1ms"});
  const TemporaryFolder folder;
  RunningProgram program({"loadgen", mock.url, "--duration", "60s", "--warmup", "0", "--output",
                          folder.path().string()});
  // Some requests must be through before it is stopped: the mock counts them.
  REQUIRE(eventually([&] {
    const auto stats = run_program({"loadgen", mock.url, "-n", "1", "--json", "--warmup", "0"});
    return stats.code == 0;
  }));
  program.signal(SIGINT);
  CHECK(program.wait() == 0);
  const auto record = json::parse(read_file(folder.path() / "run.json"));
  CHECK(record["cut_short"] == true);
  CHECK(record["counters"]["sent"].get<int>() > 0);
}

TEST_CASE("users begin one after another and think between requests") {
  const Mock mock;
  const auto record = load({mock.url, "-c", "4", "-t", "2", "--spawn-rate", "20/s", "--think-time",
                            "10ms", "--duration", "400ms", "--warmup", "0"});
  const auto& counters = record["counters"];
  CHECK(counters["failed"] == 0);
  // Users begin at 0, 50, 100 and 150 ms, and need at least 10 ms a request: 40 + 35 + 30 + 25 at
  // the most, and one each to begin with.
  CHECK(counters["sent"] <= 134);
  CHECK(counters["sent"] >= 4);
  CHECK(counters["connections"] == 4);
  CHECK(record["options"]["think_time"] == "10ms");
  CHECK(run_program({"loadgen", mock.url, "--rate", "5/s", "--think-time", "1s"}).code == 64);
}

TEST_CASE("drawn lengths are those that the server counts, on every connection and thread") {
  const Mock mock;
  const auto with_threads = [&mock](const char* threads) {
    return load({mock.url, "-c", "4", "-t", threads, "-n", "200", "--warmup", "0", "--stream",
                 "--prompt-tokens", "normal(40,20,1-90)", "--output-tokens", "5-25", "--ignore-eos",
                 "--stamps"});
  };
  const auto one = with_threads("1");
  const auto two = with_threads("2");
  CHECK(one["counters"]["ok"] == 200);
  for (const auto& record : {one, two}) {
    CHECK(record["counters"]["prompt_mismatches"] == 0);
    CHECK(record["counters"]["output_mismatches"] == 0);
  }
  CHECK(one["options"]["prompt_tokens"] == "normal(40,20,1-90)");
  const auto prompts = one["counters"]["prompt_tokens"].get<double>();
  CHECK(prompts > 200 * 30);
  CHECK(prompts < 200 * 50);
  // Two threads ask for the same requests as one.
  CHECK(two["counters"]["prompt_tokens"] == one["counters"]["prompt_tokens"]);
  CHECK(two["counters"]["output_tokens"] == one["counters"]["output_tokens"]);
  const Mock shorter({"--output-tokens", "3"});
  const auto cut = load({shorter.url, "-n", "20", "--warmup", "0", "--output-tokens", "10"});
  CHECK(cut["counters"]["output_tokens"] == 60);
  CHECK(cut["counters"]["output_mismatches"] == 0);  // the limit is no promise
}

TEST_CASE("a crossed threshold is exit 1, and one that cannot be told is a run not valid") {
  const Mock mock({"--ttft", "2ms"});
  const std::vector<std::string> run{mock.url, "-c", "2", "-n", "60", "--warmup", "0"};
  const auto with = [&run](std::vector<std::string> more) {
    more.insert(more.begin(), run.begin(), run.end());
    return more;
  };
  const auto crossed = load(with({"--fail-if", "e2e.p50>1ms", "--slo", "e2e=1ms"}), 1);
  CHECK(crossed["thresholds"][0]["crossed"] == true);
  CHECK(crossed["goodput"]["good"] == 0);
  CHECK(crossed["goodput"]["of"] == 60);
  const auto kept = load(with({"--fail-if", "errors>0", "--fail-if", "e2e.p50<1ms"}), 0);
  CHECK(kept["thresholds"][1]["crossed"] == false);
  const auto untold = load(with({"--fail-if", "e2e.p99>1h"}), 2);
  CHECK(untold["faults"][0]["code"] == "threshold_untold");
}

TEST_CASE("formats are written beside run.json, which survives a folder that takes nothing") {
  const Mock mock;
  const TemporaryFolder folder;
  const std::vector<std::string> run{
      mock.url, "-n", "20", "--warmup", "0", "--output", folder.path().string()};
  auto all = run;
  all.insert(all.end(), {"--format", "junit,github,bencher,markdown,k6"});
  const auto record = load(all);
  for (const auto* file : {"run.json", "junit.xml", "benchmark.json", "bencher.json", "summary.md",
                           "k6/summary.json"}) {
    CAPTURE(file);
    CHECK(std::filesystem::file_size(folder.path() / file) > 0);
  }
  CHECK(record["counters"]["ok"] == 20);

  // A full disk: the file opens and takes nothing.
  std::filesystem::remove(folder.path() / "run.json");
  std::filesystem::create_symlink("/dev/full", folder.path() / "run.json");
  auto arguments = run;
  arguments.insert(arguments.begin(), "loadgen");
  arguments.push_back("-q");
  const auto outcome = run_program(arguments);
  INFO(outcome.err << outcome.out);
  CHECK(outcome.code == 74);
  CHECK(outcome.err.find("run.json: cannot be written: No space left on device") !=
        std::string::npos);
  const auto kept = json::parse(outcome.out.substr(outcome.out.find("\n{") + 1), nullptr, false);
  REQUIRE_FALSE(kept.is_discarded());
  CHECK(kept["counters"]["ok"] == 20);
}
