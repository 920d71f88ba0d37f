#include "loadgen/console.hpp"

#include <nlohmann/json.hpp>

#include "tests/catch.hpp"

using namespace hopcost;
using namespace hopcost::loadgen;

namespace {

Options options() {
  Options o;
  o.targets = {*parse_api_base("http://127.0.0.1:8000")};
  return o;
}

RunResult healthy() {
  RunResult result;
  result.measured_ns = 2 * kSecond;
  result.counters.sent = result.counters.ok = result.counters.completed_in_window = 400;
  for (int i = 0; i < 400; ++i) result.metrics[Metric::e2e].record((i + 1) * kMicrosecond);
  return result;
}

bool has_fault(const Options& o, const RunResult& result, const std::string& code) {
  for (const auto& fault : judge(o, result).faults) {
    if (fault.code == code) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("a healthy run has no fault, and its rate is what completed over the window") {
  CHECK(judge(options(), healthy()).valid());
  CHECK(healthy().requests_per_s() == Catch::Approx(200));
}

TEST_CASE("a percentile with too few samples beyond it is n/a, not guessed") {
  const auto text = console_report({options(), healthy(), {}, 0, {}, {}});
  INFO(text);
  CHECK(text.find("200.5 us") != std::string::npos);  // the median of 1..400 us
  CHECK(text.find("n/a") != std::string::npos);       // p99 of 400 samples
}

TEST_CASE("errors, broken streams and missed rates make a run not valid") {
  auto errors = healthy();
  errors.counters.ok = 399;
  CHECK(has_fault(options(), errors, "errors"));
  CHECK(has_fault(options(), RunResult{}, "errors"));

  auto broken = healthy();
  broken.counters.failures[static_cast<std::size_t>(Failure::broken_stream)] = 1;
  CHECK(has_fault(options(), broken, "stream_broken"));

  auto open = options();
  open.rate_per_s = 210;
  auto missed = healthy();
  missed.counters.unsent = 20;
  CHECK(has_fault(open, missed, "rate_missed"));
  missed.counters.unsent = 2;
  CHECK_FALSE(has_fault(open, missed, "rate_missed"));
}

TEST_CASE("merged results are those of the pooled samples") {
  auto one = healthy();
  const auto two = healthy();
  one.merge(two);
  CHECK(one.counters.sent == 800);
  CHECK(one.metrics[Metric::e2e].count() == 800);
  CHECK(*one.metrics[Metric::e2e].quantile(0.5) == Catch::Approx(200.5e3).epsilon(0.002));
  CHECK(one.measured_ns == 2 * kSecond);
}

TEST_CASE("the record names every counter and metric that has samples") {
  const auto json = to_json(healthy());
  CHECK(json["counters"]["sent"] == 400);
  CHECK(json["metrics_ns"]["e2e"]["count"] == 400);
  CHECK(json["metrics_ns"]["e2e"]["p99"].is_null());
  CHECK_FALSE(json["metrics_ns"].contains("ttft"));
}

TEST_CASE("what a server says of its errors, and names, are shown as text") {
  RunRecord record;
  record.options.targets = {*parse_api_base("http://127.0.0.1:1")};
  record.options.models = {{"\x1b[2Jmodel", 1}};
  record.result = healthy();
  record.result.counters.failures[static_cast<std::size_t>(Failure::http_status)] = 1;
  record.result.failure_samples[static_cast<std::size_t>(Failure::http_status)] =
      "503: \x1b]0;x\x07";
  record.judgement = judge(record.options, record.result);
  const auto text = console_report(record);
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find("\\x1b[2Jmodel") != std::string::npos);
  CHECK(text.find("503: \\x1b]0;x\\x07") != std::string::npos);
}
