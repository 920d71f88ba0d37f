#include "overhead/harness/outcome.hpp"

#include <sstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "overhead/harness/cpu_log.hpp"
#include "overhead/harness/driver.hpp"
#include "tests/catch.hpp"
#include "tests/support/program.hpp"

using namespace hopcost;
using namespace hopcost::overhead;
using hopcost::test::TemporaryFolder;
using loadgen::Metric;

namespace {

loadgen::RunResult outcome(OutcomeForm form, const std::string& text) {
  auto read = outcome_from_text(form, text, "out");
  INFO((read ? "" : read.error().to_string()));
  REQUIRE(read);
  return std::move(*read);
}

double median_ms(const loadgen::RunResult& run, Metric metric) {
  return run.metrics[metric].quantile(0.5).value_or(0) / 1e6;
}

/// A request of 50 ms whose tokens come at 10, 20 and 40 ms, and one that failed.
struct Example {
  OutcomeForm form;
  const char* text;
  bool gaps;  ///< each is stated
};
const Example kExamples[] = {
    {OutcomeForm::inference_perf,
     R"([{"start_time": 100.0, "end_time": 100.05, "error": null,
          "info": {"response_metrics": {"output_token_times": [100.01, 100.02, 100.04]}}},
         {"start_time": 100.1, "end_time": 102.0, "error": {"error_msg": "no"}, "info": {}}])",
     true},
    {OutcomeForm::guidellm,
     R"({"benchmarks": [{"duration": 2.0, "requests": {
          "successful": [{"request_latency": 0.05, "time_to_first_token_ms": 10,
                          "inter_token_latency_ms": 15}],
          "errored": [{"request_latency": 1.9, "info": {"error": "no"}}], "incomplete": []}}]})",
     false},
    {OutcomeForm::vllm,
     R"({"duration": 2.0, "latencies": [0.05, 0.0], "ttfts": [0.01, 0.0],
         "itls": [[0.01, 0.02], []], "errors": ["", "no"]})",
     true},
    {OutcomeForm::aiperf,
     R"({"metadata": {"benchmark_phase": "warmup", "request_start_ns": 1, "request_end_ns": 2}, "metrics": {}}
{"metadata": {"benchmark_phase": "profiling", "request_start_ns": 1000000000, "request_end_ns": 1050000000}, "metrics": {"request_latency": {"value": 50, "unit": "ms"}, "time_to_first_token": {"value": 10, "unit": "ms"}, "inter_chunk_latency": {"value": [10, 20], "unit": "ms"}}}
{"metadata": {"benchmark_phase": "profiling", "request_start_ns": 1000000000, "request_end_ns": 3000000000}, "metrics": {}, "error": {"message": "no"}}
)",
     true},
    {OutcomeForm::lines,
     R"({"start_s": 1, "end_s": 1.05, "e2e_s": 0.05, "ttft_s": 0.01, "gaps_s": [0.01, 0.02]}
{"start_s": 1, "end_s": 3, "error": "no"}
)",
     true},
};

}  // namespace

TEST_CASE("what other tools state of a request becomes what ours would have recorded") {
  for (const auto& example : kExamples) {
    CAPTURE(static_cast<int>(example.form));
    const auto run = outcome(example.form, example.text);
    CHECK(run.counters.sent == 2);
    CHECK(run.counters.ok == 1);
    CHECK(run.counters.requests_total == 2);
    CHECK(run.measured_ns == Catch::Approx(2e9).margin(1e3));
    CHECK(run.requests_per_s() == Catch::Approx(0.5).epsilon(1e-3));
    CHECK(median_ms(run, Metric::e2e) == Catch::Approx(50).epsilon(2e-3));
    CHECK(median_ms(run, Metric::ttft) == Catch::Approx(10).epsilon(2e-3));
    CHECK(median_ms(run, Metric::itl) == Catch::Approx(15).epsilon(2e-3));
    CHECK(run.metrics[Metric::chunk_gap].count() == (example.gaps ? 2U : 0U));
    CHECK(run.metrics[Metric::e2e].count() == 1);
    const auto failed = static_cast<std::size_t>(loadgen::Failure::invalid_reply);
    CHECK(run.counters.failures[failed] == 1);
    CHECK(run.failure_samples[failed].find("no") != std::string::npos);
  }
}

TEST_CASE("a line may stand for many requests, and the window may be said") {
  const auto run = outcome(OutcomeForm::lines,
                           "{\"window_s\": 4}\n{\"e2e_s\": 0.001, \"n\": 30}\n"
                           "{\"e2e_s\": 0.003, \"n\": 10}\n{\"error\": \"x\", \"n\": 2}\n");
  CHECK(run.counters.sent == 42);
  CHECK(run.counters.ok == 40);
  CHECK(run.metrics[Metric::e2e].count() == 40);
  CHECK(run.requests_per_s() == Catch::Approx(10));
}

TEST_CASE("a file that tells of nothing, or is none, is refused by its name") {
  for (const auto& example : kExamples) {
    for (const auto* const text : {"", "[]", "{}", "no JSON", "{\"window_s\": 3}"}) {
      CAPTURE(static_cast<int>(example.form), text);
      const auto read = outcome_from_text(example.form, text, "out");
      REQUIRE_FALSE(read);
      CHECK(read.error().where.starts_with("out"));
    }
  }
  CHECK_FALSE(outcome_from_text(OutcomeForm::lines, "{\"e2e_s\": 0.1}", "out"));  // for how long?
  CHECK(read_outcome(OutcomeForm::vllm, "/nonexistent/x.json").error().message == "is not there");
  CHECK(outcome_form("xml").error().message.find("inference-perf") != std::string::npos);
}

TEST_CASE("what other tools wrote, cut at every byte or of wrong types, is read or refused") {
  for (const auto& example : kExamples) {
    const std::string text = example.text;
    for (std::size_t size = 0; size <= text.size(); ++size) {
      const auto read = outcome_from_text(example.form, text.substr(0, size), "out");
      if (!read) REQUIRE(read.error().where.starts_with("out"));
    }
    for (const char c : {'0', '[', '}', '"', 'n'}) {
      for (std::size_t at = 0; at < text.size(); ++at) {
        auto changed = text;
        changed[at] = c;
        (void)outcome_from_text(example.form, changed, "out");
      }
    }
  }
}

namespace {

Harness script(const std::string& command, std::map<std::string, std::string> files = {}) {
  Harness harness;
  harness.name = "script";
  harness.pass =
      HarnessPass{std::move(files), {"sh", "-c", command}, OutcomeForm::lines, "lines.jsonl"};
  return harness;
}

loadgen::Options a_load() {
  loadgen::Options options;
  options.targets = {*parse_api_base("http://127.0.0.1:9")};
  options.models = {{"a-model", 1}};
  options.concurrency = 4;
  options.duration = 1500 * kMillisecond;
  options.prompt_tokens = 3;
  options.output_tokens = 5;
  options.stream = true;
  return options;
}

}  // namespace

TEST_CASE("a harness drives a pass: it is told the load, and what it states is read") {
  const auto drive =
      driver_of(script("test \"{url} {users} {seconds} {output_tokens} {stream}\" = "
                       "'http://127.0.0.1:9 4 2 5 true' && cp said lines.jsonl",
                       {{"said",
                         "{\"window_s\": 2}\n{\"e2e_s\": 0.01, \"n\": 7, \"model\": \"{model}\", "
                         "\"prompt\": \"{prompt}\"}\n"}}));
  const auto run = drive(a_load(), {});
  INFO((run ? "" : run.error().to_string()));
  REQUIRE(run);
  CHECK(run->counters.ok == 7);
  CHECK(run->generator_cpu_ns > 0);
  CHECK(run->start_ns == 0);  // it says no time
}

TEST_CASE("a harness that fails, or cannot do what is asked, is an error with its words") {
  const auto failed = driver_of(script("echo no such thing; exit 3"))(a_load(), {});
  REQUIRE_FALSE(failed);
  CHECK(failed.error().message.find("ended with 3") != std::string::npos);
  CHECK(failed.error().message.find("no such thing") != std::string::npos);
  const auto silent = driver_of(script("true"))(a_load(), {});
  REQUIRE_FALSE(silent);
  CHECK(silent.error().message == "is not there");
  auto open = a_load();
  open.rate_per_s = 10;
  CHECK(driver_of(script("true"))(open, {}).error().message.find("closed loops") !=
        std::string::npos);
  auto several = a_load();
  several.targets.push_back(several.targets.front());
  CHECK_FALSE(driver_of(script("true"))(several, {}));
  auto keyed = a_load();
  keyed.headers = {{"authorization", "Bearer x"}};
  CHECK_FALSE(driver_of(script("true"))(keyed, {}));
}

TEST_CASE(
    "what a tool says of time is of our clock, whether it counts from 1970 or from the start") {
  const auto monotonic =
      outcome(OutcomeForm::lines, R"({"start_s": 12.5, "end_s": 13, "e2e_s": 0.5})");
  CHECK(monotonic.start_ns == 12'500 * kMillisecond);
  CHECK(monotonic.measured_ns == 500 * kMillisecond);
  const double now_s = static_cast<double>(epoch_now_ns()) / 1e9;
  const auto before = now_ns();
  const auto epoch = outcome(
      OutcomeForm::lines,
      fmt::format(R"({{"start_s": {:.6f}, "end_s": {:.6f}, "e2e_s": 2}})", now_s - 10, now_s - 8));
  const auto after = now_ns();
  CHECK(epoch.start_ns >= before - 10 * kSecond - kMillisecond);
  CHECK(epoch.start_ns <= after - 10 * kSecond + kMillisecond);
}

TEST_CASE("a load generator's CPU share is of the time in which it sent") {
  CpuLog log;
  CHECK_FALSE(log.share_between(0, 1));
  log.add(0, 0);
  log.add(1000, 1000);  // it starts
  log.add(2000, 1200);  // it sends
  log.add(3000, 1400);
  log.add(4000, 2400);  // it writes its report
  CHECK(log.share_between(1000, 3000) == 0.2);
  CHECK(log.share_between(1500, 2500) == 0.2);
  CHECK(log.share_between(500, 1500) == 0.6);
  CHECK(log.share_between(0, 4000) == 0.6);
  CHECK_FALSE(log.share_between(1000, 4001));
  CHECK_FALSE(log.share_between(-1, 1000));
  CHECK_FALSE(log.share_between(2000, 2000));
  log.add(5000, 100);  // one that ended before it was asked for
  CHECK(log.share_between(4000, 5000) == 0.0);
}
