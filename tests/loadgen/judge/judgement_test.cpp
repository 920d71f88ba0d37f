#include "loadgen/judge/judgement.hpp"

#include <cmath>

#include <nlohmann/json.hpp>

#include "loadgen/console.hpp"
#include "loadgen/record.hpp"
#include "tests/catch.hpp"

using namespace hopcost;
using namespace hopcost::loadgen;
using Verdict = TargetOutcome::Verdict;

namespace {

Options options_with(std::string_view fail_if, std::string_view slo = "") {
  Options options;
  options.targets = {*parse_api_base("http://127.0.0.1:8000")};
  if (!fail_if.empty()) options.fail_if.push_back(*parse_threshold(fail_if));
  REQUIRE(add_service_level(slo, options.service_level));
  return options;
}

/// `ok` requests of 1 to `ok` ms, `failed` without a time.
RunResult run(int ok, int failed = 0) {
  RunResult result;
  result.measured_ns = kSecond;
  result.counters.sent = static_cast<std::uint64_t>(ok + failed);
  result.counters.ok = result.counters.completed_in_window = static_cast<std::uint64_t>(ok);
  for (int i = 1; i <= ok; ++i) {
    result.metrics[Metric::e2e].record(i * kMillisecond);
    result.metrics[Metric::ttft].record(i * kMillisecond);
    result.metrics[Metric::tpot].record(kMillisecond);
  }
  return result;
}

}  // namespace

TEST_CASE("a crossed threshold is exit 1, a kept one 0, and not valid wins") {
  CHECK(judge(options_with("e2e.p50>1ms"), run(100)).exit_code() == 1);
  CHECK(judge(options_with("e2e.p50>1s"), run(100)).exit_code() == 0);
  CHECK(judge(options_with("e2e.p50>1ms"), run(100, 50)).exit_code() == 2);
}

TEST_CASE("who says how many errors are too many gets an answer, not an invalid run") {
  CHECK(judge(options_with("errors>50%"), run(100, 50)).exit_code() == 0);
  CHECK(judge(options_with("success<70%"), run(100, 50)).exit_code() == 1);
  CHECK(judge(options_with("failed>50"), run(100, 50)).exit_code() == 0);
  CHECK(judge(options_with("errors>50%"), RunResult{}).exit_code() == 2);  // nothing was sent
}

TEST_CASE("a threshold that the run is too short to tell makes it not valid") {
  const auto judgement = judge(options_with("e2e.p99>1h"), run(100));
  REQUIRE(judgement.faults.size() == 1);
  CHECK(judgement.faults[0].code == "threshold_untold");
  CHECK(judgement.exit_code() == 2);
}

TEST_CASE("a target is answered by the sample and by what the run can know") {
  const auto outcome = [](int n, std::string_view set) {
    return judge(options_with("", set), run(n)).targets.at(0);
  };
  // p95 of 1 to 400 ms is 380.05 ms, its range [371, 390].
  CHECK(outcome(400, "mlperf-interactive").compliant);
  CHECK(outcome(400, "mlperf-interactive").verdict == Verdict::met);
  // p95 of 1 to 520 ms is 494 ms, but the range reaches past 500.
  CHECK(outcome(520, "mlperf-interactive").compliant);
  CHECK(outcome(520, "mlperf-interactive").verdict == Verdict::undecided);
  CHECK_FALSE(outcome(1000, "mlperf-interactive").compliant);
  CHECK(outcome(1000, "mlperf-interactive").verdict == Verdict::missed);
  CHECK_FALSE(judge(options_with("", "production"), RunResult{}).targets.at(0).compliant);
}

TEST_CASE("a success target needs enough requests before it is met") {
  CHECK(judge(options_with("", "production"), run(100)).targets.at(0).verdict ==
        Verdict::undecided);
  CHECK(judge(options_with("", "production"), run(10'000)).targets.at(0).verdict == Verdict::met);
  CHECK(judge(options_with("", "testing"), run(500, 500)).targets.at(0).verdict == Verdict::missed);
}

TEST_CASE("with failures as infinite the percentiles move, and the last are infinite") {
  const auto result = run(900, 100);
  CHECK(*result.metrics[Metric::e2e].quantile(0.5) == Catch::Approx(450.5e6).epsilon(0.001));
  // Rank 499.5 of 0 to 999: between the 500th and the 501st value.
  CHECK(*result.error_adjusted(Metric::e2e, 0.5) == Catch::Approx(500.5e6).epsilon(0.001));
  CHECK(std::isinf(*result.error_adjusted(Metric::e2e, 0.95)));
  CHECK_FALSE(result.error_adjusted(Metric::e2e, 0.999));
  CHECK(run(1000).error_adjusted(Metric::e2e, 0.5) == run(1000).metrics[Metric::e2e].quantile(0.5));
}

TEST_CASE("record and table say goodput, targets, thresholds and adjusted percentiles") {
  const auto options = options_with("errors>20%", "mlperf-standard,e2e=100ms");
  auto result = run(900, 100);
  result.attainment.all = 100;
  result.attainment.each = {900, 900, 100};
  const RunRecord record{options, result, judge(options, result), 1, {}, {}};
  const auto json = to_json(record);
  CHECK(json["goodput"]["good"] == 100);
  CHECK(json["goodput"]["of"] == 1000);
  CHECK(json["goodput"]["objectives"][2] ==
        nlohmann::json{{"metric", "e2e"}, {"at_most_ns", 100'000'000}, {"met", 100}});
  CHECK(json["targets"][0]["verdict"] == "met");
  CHECK(json["thresholds"][0] ==
        nlohmann::json{{"fail_if", "errors>20%"}, {"value", 0.1}, {"crossed", false}});
  CHECK(json["metrics_ns"]["e2e"]["error_adjusted"]["p95"] == "infinite");
  CHECK(json["valid"] == true);

  const auto text = console_report(record);
  INFO(text);
  CHECK(text.find("10.00 % of requests meet") != std::string::npos);
  CHECK(text.find("e2e with errors") != std::string::npos);
  CHECK(text.find("infinite") != std::string::npos);
  CHECK(text.find("target    ttft.p95<=2s") != std::string::npos);
  CHECK(text.find("threshold errors>20%: 10.00 %") != std::string::npos);
}
