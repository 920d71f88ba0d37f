// The load generator's kinds of load, requests and connections, against a real mock server.

#include <filesystem>
#include <fstream>

#include "tests/integration/mock_and_load.hpp"

using namespace hopcost::test;
using nlohmann::json;

namespace {

std::filesystem::path scratch(const char* name) {
  const auto path = std::filesystem::temp_directory_path() /
                    ("hopcost-" + std::to_string(::getpid()) + "-" + name);
  std::filesystem::remove_all(path);
  return path;
}

json run_json(const std::filesystem::path& folder) {
  std::ifstream in(folder / "run.json");
  REQUIRE(in.is_open());
  return json::parse(in);
}

std::string write(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path) << text;
  return path.string();
}

}  // namespace

TEST_CASE("stages and seconds add up to the run") {
  const Mock mock;
  const auto record =
      load({mock.url, "--stages", "100/s:500ms,0:200ms,200/s-400/s:500ms", "--warmup", "100ms"});
  CHECK(record["valid"] == true);
  REQUIRE(record["stages"].size() == 3);
  CHECK(record["stages"][0]["counters"]["sent"] == 50);
  CHECK(record["stages"][1]["counters"]["sent"] == 0);
  CHECK(record["stages"][2]["rate_per_s"] == 300.0);
  std::uint64_t sent = 0;
  for (const auto& stage : record["stages"]) {
    sent += stage["counters"]["sent"].get<std::uint64_t>();
  }
  CHECK(record["counters"]["sent"] == sent);
  std::uint64_t by_second = 0;
  for (const auto& second : record["seconds"]) by_second += second["ok"].get<std::uint64_t>();
  CHECK(record["counters"]["ok"] == by_second);
}

TEST_CASE("every interface is spoken, and read to its end") {
  const Mock mock({"--output-tokens", "6"});
  for (const auto* api : {"chat", "completions", "responses", "embeddings"}) {
    for (const bool stream : {false, true}) {
      if (stream && std::string(api) == "embeddings") continue;
      CAPTURE(api, stream);
      const auto record =
          load({mock.url, "--api", api, stream ? "--stream" : "--no-stream", "-n", "20", "--warmup",
                "0", "--output-tokens", "6", "--prompt-tokens", "9", "-c", "2"});
      CHECK(record["counters"]["ok"] == 20);
      CHECK(record["counters"]["prompt_tokens"] == 20 * 9);
      CHECK(record["counters"]["prompt_mismatches"] == 0);
      CHECK(record["counters"]["missing_done"] == 0);
      if (stream) CHECK(record["counters"]["chunks"] == 20 * 6);
      if (stream) CHECK(record["metrics_ns"]["ttft"]["count"] == 20);
      if (std::string(api) != "embeddings") CHECK(record["counters"]["output_tokens"] == 20 * 6);
    }
  }
}

TEST_CASE("requests with a shared beginning hit the prefix cache, stamped or not alike") {
  const auto folder = scratch("prefix");
  std::filesystem::create_directories(folder);
  const auto scenario =
      write(folder / "cache.yaml", "prefix_cache: {blocks: 4096, block_tokens: 16}\n");
  std::vector<std::uint64_t> cached;
  for (const auto* stamps : {"--stamps", "--model=mock-model"}) {
    const Mock mock({"--config", scenario});
    const auto record = load({mock.url, "-n", "40", "--warmup", "0", "--shared-prefix",
                              "groups=4,prompts=5,system=160,question=20", stamps});
    CHECK(record["counters"]["ok"] == 40);
    cached.push_back(record["counters"]["cached_tokens"].get<std::uint64_t>());
  }
  // Each group's beginning is computed once: 36 hits of ten blocks, more or less one each where the
  // block at its end is shared with the question.
  CHECK(cached[0] >= 36 * 144);
  CHECK(cached[0] == cached[1]);
  std::filesystem::remove_all(folder);
}

TEST_CASE("a conversation sends back what was said, and the cache knows it") {
  const auto folder = scratch("turns");
  std::filesystem::create_directories(folder);
  const auto scenario =
      write(folder / "cache.yaml", "prefix_cache: {blocks: 4096, block_tokens: 4}\n");
  const Mock mock({"--config", scenario});
  for (const auto* form : {"--stream", "--stamps"}) {
    const auto record = load({mock.url, "-n", "12", "-c", "2", "--warmup", "0", "--turns", "3",
                              "--prompt-tokens", "20", "--output-tokens", "10", form});
    CHECK(record["counters"]["ok"] == 12);
    // Turns of 20, 20 + 10 + 20 and 20 + 10 + 20 + 10 + 20 tokens: four conversations.
    // A stamp in an answer is a token of its own.
    const int stamps = std::string(form) == "--stamps" ? 4 * 3 : 0;
    CHECK(record["counters"]["prompt_tokens"] == 4 * (20 + 50 + 80) + stamps);
    CHECK(record["counters"]["prompt_mismatches"] == 0);
    // The mock remembers prompts, not its answers: whole blocks of the prompt before.
    CHECK(record["counters"]["cached_tokens"].get<int>() >= 4 * (20 + 48));
  }
  std::filesystem::remove_all(folder);
}

TEST_CASE("a mix is told apart by class, several models and targets by theirs") {
  const Mock one({"--model", "a", "--model", "b"});
  const Mock other({"--model", "a", "--model", "b"});
  const auto record = load({one.url, other.url, "-n", "200", "-c", "4", "-t", "2", "--warmup", "0",
                            "--class", "short=1:prompt=5,output=2", "--class",
                            "long=1:prompt=50,output=4", "-m", "a=3", "-m", "b=1"});
  CHECK(record["counters"]["ok"] == 200);
  std::map<std::string, int> sent;
  for (const auto& label : record["labels"]) {
    const auto dimension = label["dimension"].get<std::string>();
    sent[dimension] += label["counters"]["sent"].get<int>();
    if (label["name"] == "short") CHECK(label["lengths"]["prompt_tokens"]["max"] == 5);
    if (label["name"] == "long") CHECK(label["lengths"]["output_tokens"]["max"] == 4);
    if (dimension == "target") CHECK(label["counters"]["sent"] == 100);  // in turn
  }
  CHECK(sent == std::map<std::string, int>{{"class", 200}, {"model", 200}, {"target", 200}});
}

TEST_CASE("a connection for each request, where that is asked for") {
  const Mock mock;
  const auto record = load({mock.url, "-n", "30", "-c", "3", "--warmup", "0", "--no-keep-alive"});
  CHECK(record["counters"]["ok"] == 30);
  CHECK(record["counters"]["connections"] == 31);  // one beforehand shows that the target is there
}

TEST_CASE("retries are counted, and the first attempt's time is not hidden") {
  const Mock mock;
  const auto record = load(
      {mock.url, "-n", "6", "--warmup", "0", "--retries", "2", "--retry-base", "20ms", "--header",
       "x-hopcost-fault: error; status=503; retry_after_ms=100", "--fail-if", "errors>100%"});
  CHECK(record["counters"]["sent"] == 6);
  CHECK(record["counters"]["ok"] == 0);
  CHECK(record["counters"]["retried"] == 6);
  CHECK(record["counters"]["retries"] == 12);
  CHECK(record["counters"]["most_attempts"] == 3);
  CHECK(record["counters"]["requests_total"] == 6);
  // Two pauses of at least Retry-After.
  CHECK(record["metrics_ns"]["e2e_failed"]["min"].get<double>() >= 2 * 100e6);
}

TEST_CASE("a stream that does not begin in time fails alone, by its own limit") {
  const Mock mock({"--ttft", "400ms"});
  const auto record = load({mock.url, "--stream", "-n", "2", "--warmup", "0", "--ttft-timeout",
                            "100ms", "--fail-if", "errors>100%"});
  CHECK(record["failures"]["timeout"]["count"] == 2);
  CHECK(record["failures"]["timeout"]["first"] == "no first token within 0.1 s");
}

TEST_CASE(
    "a stall of one second shows in the times from the intention, with the plain ones beside") {
  const auto folder = scratch("stall");
  std::filesystem::create_directories(folder);
  const auto scenario = folder / "stall.yaml";
  std::ofstream(scenario) << "faults: [{fault: header-stall, for: 1s, when: {nth: 60}}]\n";
  const Mock mock({"--config", scenario.string()});
  const auto record = load({mock.url, "--rate", "100/s", "--max-in-flight", "1", "--duration", "3s",
                            "--warmup", "0", "--no-probe"});
  const auto& metrics = record["metrics_ns"];
  REQUIRE(record["counters"]["sent"] == 300);
  // One request of 300 was slow; but a third of them were due while it was, and were kept waiting.
  CHECK(metrics["e2e"]["max"].get<double>() >= 1e9);
  CHECK(metrics["e2e_from_intended"]["p95"].get<double>() > 500e6);
  CHECK(metrics["e2e_from_intended"]["p95"].get<double>() >
        2 * metrics["e2e"]["p95"].get<double>());
  CHECK(metrics["lateness"]["p95"].get<double>() > 500e6);
  std::filesystem::remove_all(folder);
}

TEST_CASE("a trace is replayed with its times and lengths") {
  const auto folder = scratch("trace");
  std::filesystem::create_directories(folder);
  const auto trace = write(folder / "trace.csv",
                           "timestamp,input_length,output_length\n100.0,10,3\n100.2,20,4\n"
                           "100.2,5,6\n100.6,7,1\n");
  const Mock mock;
  const auto record = load({mock.url, "--replay", trace, "--stream", "-t", "2", "--replay-speed",
                            "2", "--output", (folder / "out").string(), "--record", "10"});
  CHECK(record["counters"]["sent"] == 4);
  CHECK(record["counters"]["ok"] == 4);
  CHECK(record["counters"]["prompt_tokens"] == 42);
  CHECK(record["counters"]["output_tokens"] == 14);
  CHECK(record["measured_ns"].get<double>() >= 0.3e9);
  CHECK(std::filesystem::file_size(folder / "out" / "requests.jsonl.zst") > 0);
  const auto bad = run_program(
      {"loadgen", mock.url, "--replay", write(folder / "bad.csv", "timestamp,input_length\n")});
  CHECK(bad.code == 64);
  CHECK(bad.err.find("bad.csv:1") != std::string::npos);
  std::filesystem::remove_all(folder);
}

TEST_CASE("a stop condition ends the run, and that is its result") {
  const Mock mock;
  const auto record = load({mock.url, "-c", "2", "--duration", "60s", "--warmup", "0", "--stop-if",
                            "requests_per_s>0", "--quiet"});
  CHECK(record["valid"] == true);
  CHECK(record["cut_short"] == false);
  CHECK(record["stopped_by"].get<std::string>().starts_with("requests_per_s>0: "));
  CHECK(record["measured_ns"].get<double>() < 30e9);
}

TEST_CASE("throughput counts what ends in the window, whenever it was sent") {
  const Mock mock({"--ttft", "100ms"});
  const auto record =
      load({mock.url, "-c", "16", "--no-stream", "--duration", "300ms", "--warmup", "200ms"});
  const auto& counters = record["counters"];
  // Of what was sent in the window a third ends after it.
  CHECK(counters["completed_in_window"].get<double>() >= 0.85 * counters["ok"].get<double>());
}

TEST_CASE("over-saturation can stop a run: more is sent than is answered") {
  const Mock mock({"--ttft", "3s"});  // of the first five seconds two fifths are answered
  const auto record = load({mock.url, "--rate", "20/s", "--no-stream", "--duration", "60s",
                            "--warmup", "0", "--no-probe", "--stop-if", "backlog>50%"});
  CHECK(record["valid"] == true);
  CHECK(record["stopped_by"].get<std::string>().starts_with("backlog>50%: "));
  CHECK(record["counters"]["ok"].get<int>() > 0);
}

TEST_CASE("a sweep of users has a level each, and says where its knee is or why not") {
  const Mock mock({"--ttft", "5ms"});
  const auto record =
      load({mock.url, "--sweep", "concurrency=1,2,4", "--duration", "300ms", "--warmup", "50ms"});
  REQUIRE(record["stages"].size() == 3);
  CHECK(record["stages"][2]["name"] == "concurrent@4");
  CHECK(record["findings"] == "knee: n/a: concurrent@1 has fewer than three whole seconds");
  CHECK(record["sweep"] == "concurrency=1,2,4");
}

TEST_CASE("a search brackets the rate that meets the service level") {
  // One request at a time of 20 ms: 50/s are the most that two hundred milliseconds allow.
  const Mock mock({"--ttft", "20ms", "--output-tokens", "1"});
  const auto record = load({mock.url, "--search", "20/s-2000/s", "--slo", "success>=99%",
                            "--max-in-flight", "2", "--duration", "400ms", "--warmup", "100ms"});
  const auto findings = record["findings"].get<std::string>();
  INFO(findings);
  CHECK(findings.find("met the service level") != std::string::npos);
  CHECK(findings.find("did not") != std::string::npos);
  CHECK(record["stages"].size() >= 3);
  CHECK(run_program({"loadgen", mock.url, "--search", "20/s-40/s"}).code == 64);
}

TEST_CASE("a rate that Little's law forbids is refused before the start") {
  const Mock mock({"--ttft", "50ms"});
  const auto outcome =
      run_program({"loadgen", mock.url, "--rate", "1000/s", "--max-in-flight", "4"});
  CHECK(outcome.code == 2);
  CHECK(outcome.err.find("little: 1000.0/s") != std::string::npos);
  CHECK(outcome.out.empty());
}

TEST_CASE("a dry run says what would be sent and sends nothing") {
  const Mock mock;
  const auto outcome = run_program(
      {"loadgen", mock.url, "--dry-run", "--rate", "10/s", "--duration", "1s", "--warmup", "0"});
  CHECK(outcome.code == 0);
  CHECK(outcome.out.find("open loop, 10 requests") != std::string::npos);
  CHECK(outcome.out.find("nothing was sent") != std::string::npos);
}

TEST_CASE("processes make one load together, and merged shares are that load") {
  const Mock mock;
  const auto record = load({mock.url, "-c", "4", "-n", "100", "--warmup", "0", "--processes", "2"});
  CHECK(record["counters"]["ok"] == 100);
  CHECK(record["counters"]["connections"] == 4);
  const auto folder = scratch("shares");
  std::uint64_t sent = 0;
  for (const auto* share : {"1/2", "2/2"}) {
    const auto out = (folder / std::string(share, 1)).string();
    const auto one = load(
        {mock.url, "-c", "4", "-n", "101", "--warmup", "0", "--share", share, "--output", out});
    sent += one["counters"]["ok"].get<std::uint64_t>();
  }
  CHECK(sent == 101);
  const auto merged =
      run_program({"loadgen", "merge", (folder / "1").string(), (folder / "2").string(), "--output",
                   (folder / "all").string(), "--format", "vllm,junit"});
  INFO(merged.err);
  CHECK(merged.code == 0);
  CHECK(run_json(folder / "all")["counters"]["ok"] == 101);
  CHECK(run_json(folder / "all")["metrics_ns"]["e2e"]["count"] == 101);
  CHECK(std::filesystem::exists(folder / "all" / "vllm" / "vllm-bench.json"));
  write(folder / "bad.json", R"({"schema": "hopcost.loadgen/1"})");
  const auto bad = run_program({"loadgen", "merge", (folder / "bad.json").string()});
  CHECK(bad.code == 64);
  CHECK(bad.err.find("bad.json: options: missing") != std::string::npos);
  std::filesystem::remove_all(folder);
}

TEST_CASE("prompts are as long as asked in the server's own tokens after calibration") {
  const Mock mock;
  const auto record =
      load({mock.url, "-n", "10", "--warmup", "0", "--calibrate", "--prompt-tokens", "300"});
  CHECK(record["calibration"]["tokens_per_word"] == 1.0);
  CHECK(record["calibration"]["tokens_extra"] == 0.0);
  CHECK(record["counters"]["prompt_tokens"] == 3'000);
}
