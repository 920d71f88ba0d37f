#include "tests/loadgen/output/made_record.hpp"

#include "tests/catch.hpp"

namespace hopcost::loadgen::test {

RunRecord made_record() {
  RunRecord record;
  record.options.targets = {*parse_api_base("http://127.0.0.1:8000")};
  record.options.stream = true;
  record.options.concurrency = 4;
  record.started_at_ns = 1'795'361'283 * kSecond;
  auto& result = record.result;
  result.measured_ns = 2 * kSecond;
  auto& counters = result.counters;
  counters.sent = counters.ok = counters.completed_in_window = 1'000;
  counters.chunks = 5'000;
  for (int i = 1; i <= 1'000; ++i) {
    result.metrics[Metric::e2e].record(i * kMillisecond);
    result.metrics[Metric::ttft].record(i * kMillisecond / 10);
    result.metrics[Metric::ttfb].record(i * kMillisecond / 20);
    result.metrics[Metric::lateness].record(0);
  }
  record.judgement = judge(record.options, result);
  return record;
}

RunRecord with_failures(RunRecord record, int failed) {
  const auto kind = static_cast<std::size_t>(Failure::http_status);
  record.result.counters.sent += static_cast<std::uint64_t>(failed);
  record.result.counters.failures[kind] = static_cast<std::uint64_t>(failed);
  record.result.failure_samples[kind] = "HTTP 503: <b>busy</b> | later";
  record.result.metrics[Metric::e2e_failed].record(2 * kMillisecond,
                                                   static_cast<std::uint64_t>(failed));
  record.judgement = judge(record.options, record.result);
  return record;
}

RunRecord judged(RunRecord record, std::initializer_list<const char*> fail_if, const char* slo) {
  for (const auto* text : fail_if) record.options.fail_if.push_back(*parse_threshold(text));
  REQUIRE(add_service_level(slo, record.options.service_level));
  record.judgement = judge(record.options, record.result);
  return record;
}

}  // namespace hopcost::loadgen::test
