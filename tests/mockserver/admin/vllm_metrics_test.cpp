#include "mockserver/admin/vllm_metrics.hpp"

#include <map>
#include <set>
#include <sstream>

#include "tests/catch.hpp"

namespace hopcost::mockserver {
namespace {

using Catch::Matchers::Contains;

/// Samples by name and labels; checks on the way that the text is in Prometheus' format.
std::map<std::string, double> samples_of(const std::string& text) {
  std::map<std::string, double> samples;
  std::set<std::string> families;
  std::string family;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    INFO(line);
    if (line.starts_with("# HELP ")) {
      family = line.substr(7, line.find(' ', 7) - 7);
      CHECK(families.insert(family).second);
      continue;
    }
    if (line.starts_with("# TYPE ")) {
      CHECK(line.substr(7, line.find(' ', 7) - 7) == family);
      continue;
    }
    CHECK(line.starts_with(family));
    const auto space = line.rfind(' ');
    REQUIRE(space != std::string::npos);
    CHECK(samples.emplace(line.substr(0, space), std::stod(line.substr(space + 1))).second);
  }
  CHECK(text.ends_with('\n'));
  return samples;
}

FinishedRequest five_tokens() {
  return {.reason = FinishedReason::length,
          .prompt_tokens = 30,
          .cached_tokens = 16,
          .generation_tokens = 5,
          .queue_ns = 10 * kMillisecond,
          .first_token_ns = 40 * kMillisecond,
          .end_ns = 240 * kMillisecond};
}

TEST_CASE("a value lies in the first bucket whose bound it does not exceed") {
  TokenGapHistogram histogram;
  histogram.add(0.01);
  histogram.add(0.0100001);
  histogram.add(80.0, 3);
  histogram.add(81.0);
  histogram.add(-1.0);
  CHECK(histogram.counts()[0] == 2);
  CHECK(histogram.counts()[1] == 1);
  CHECK(histogram.counts()[TokenGapHistogram::kBuckets - 2] == 3);
  CHECK(histogram.counts()[TokenGapHistogram::kBuckets - 1] == 1);
  CHECK(histogram.sum() == Catch::Approx(0.01 + 0.0100001 + 240 + 81));
}

TEST_CASE("the text has every name that routers scrape, with model_name and engine") {
  VllmModelMetrics model{.model = "m", .gauges = {3, 2, 25, 100}, .counters = {}};
  model.counters.record(five_tokens());
  model.counters.preemptions = 7;
  const auto samples = samples_of(vllm_metrics_text({model}));
  const auto value = [&](const std::string& name) {
    INFO(name);
    const auto found = samples.find("vllm:" + name + R"({engine="0",model_name="m"})");
    REQUIRE(found != samples.end());
    return found->second;
  };
  CHECK(value("num_requests_running") == 3);
  CHECK(value("num_requests_waiting") == 2);
  CHECK(value("kv_cache_usage_perc") == 0.25);
  CHECK(value("gpu_cache_usage_perc") == 0.25);
  CHECK(value("prefix_cache_queries_total") == 30);
  CHECK(value("prefix_cache_hits_total") == 16);
  CHECK(value("gpu_prefix_cache_queries_total") == 30);
  CHECK(value("gpu_prefix_cache_hits_total") == 16);
  CHECK(value("num_preemptions_total") == 7);
  CHECK(value("prompt_tokens_total") == 30);
  CHECK(value("prompt_tokens_cached_total") == 16);
  CHECK(value("generation_tokens_total") == 5);
  CHECK(value("time_to_first_token_seconds_count") == 1);
  CHECK(value("time_to_first_token_seconds_sum") == Catch::Approx(0.04));
  for (const char* name : {"inter_token_latency_seconds", "time_per_output_token_seconds"}) {
    CHECK(value(std::string(name) + "_count") == 4);
    CHECK(value(std::string(name) + "_sum") == Catch::Approx(0.2));
  }
  CHECK(value("request_time_per_output_token_seconds_count") == 1);
  CHECK(value("request_time_per_output_token_seconds_sum") == Catch::Approx(0.05));
  CHECK(value("e2e_request_latency_seconds_sum") == Catch::Approx(0.24));
  CHECK(value("request_queue_time_seconds_sum") == Catch::Approx(0.01));
  CHECK(value("request_prefill_time_seconds_sum") == Catch::Approx(0.03));
  CHECK(value("request_decode_time_seconds_sum") == Catch::Approx(0.2));
  CHECK(value("request_inference_time_seconds_sum") == Catch::Approx(0.23));
}

TEST_CASE("every reason to end has its sample, also before it happened") {
  VllmModelMetrics model{.model = "m", .gauges = {}, .counters = {}};
  model.counters.record(five_tokens());
  const auto samples = samples_of(vllm_metrics_text({model}));
  for (const std::string reason : {"stop", "length", "abort", "error"}) {
    CHECK(samples.at(R"(vllm:request_success_total{engine="0",model_name="m",finished_reason=")" +
                     reason + "\"}") == (reason == "length" ? 1 : 0));
  }
}

TEST_CASE("buckets are cumulated and end with all") {
  VllmModelMetrics model{.model = "m", .gauges = {}, .counters = {}};
  for (const int ms : {1, 30, 30, 99, 5'000'000}) {
    model.counters.ttft.add(static_cast<double>(ms) / 1e3);
  }
  const auto samples = samples_of(vllm_metrics_text({model}));
  const auto bucket = [&](const std::string& bound) {
    return samples.at(R"(vllm:time_to_first_token_seconds_bucket{engine="0",model_name="m",le=")" +
                      bound + "\"}");
  };
  CHECK(bucket("0.001") == 1);
  CHECK(bucket("0.02") == 1);
  CHECK(bucket("0.04") == 3);
  CHECK(bucket("0.1") == 4);
  CHECK(bucket("1.0") == 4);
  CHECK(bucket("2560.0") == 4);
  CHECK(bucket("+Inf") == 5);
}

TEST_CASE("a request without tokens has no first token and no gaps") {
  VllmCounters counters;
  counters.record({.reason = FinishedReason::abort, .prompt_tokens = 3, .end_ns = kSecond});
  CHECK(counters.ttft.sum() == 0);
  CHECK(counters.decode.counts() == RequestHistogram{}.counts());
  CHECK(counters.token_gap.counts() == TokenGapHistogram{}.counts());
  CHECK(counters.e2e.sum() == 1.0);
  counters.record({.generation_tokens = 1, .first_token_ns = kSecond, .end_ns = kSecond});
  CHECK(counters.ttft.sum() == 1.0);
  CHECK(counters.token_gap.counts() == TokenGapHistogram{}.counts());
}

TEST_CASE("merged workers show the same as one that did all the work") {
  VllmModelMetrics whole{.model = "m", .gauges = {4, 2, 10, 100}, .counters = {}};
  VllmModelMetrics a{.model = "m", .gauges = {1, 0, 4, 40}, .counters = {}};
  VllmModelMetrics b{.model = "m", .gauges = {3, 2, 6, 60}, .counters = {}};
  for (int i = 0; i < 10; ++i) {
    auto request = five_tokens();
    request.end_ns += i * kSecond;
    request.reason = static_cast<FinishedReason>(i % 4);
    whole.counters.record(request);
    (i % 2 == 0 ? a : b).counters.record(request);
  }
  whole.counters.preemptions = 3;
  a.counters.preemptions = 1;
  b.counters.preemptions = 2;
  a += b;
  const auto merged = samples_of(vllm_metrics_text({a}));
  const auto expected = samples_of(vllm_metrics_text({whole}));
  REQUIRE(merged.size() == expected.size());
  for (const auto& [name, value] : expected) {
    INFO(name);
    CHECK(merged.at(name) == Catch::Approx(value));
  }
}

TEST_CASE("several models share a family, and their names are escaped") {
  const auto text = vllm_metrics_text({{.model = "a", .gauges = {}, .counters = {}},
                                       {.model = "q\"b\\s\nn", .gauges = {}, .counters = {}}});
  const auto samples = samples_of(text);
  CHECK(samples.contains(R"(vllm:num_requests_running{engine="0",model_name="a"})"));
  CHECK(samples.contains(R"(vllm:num_requests_running{engine="0",model_name="q\"b\\s\nn"})"));
}

TEST_CASE("adapters and the cache's sizes are shown where there are any") {
  CHECK_THAT(vllm_metrics_text({}), !Contains("lora_requests_info"));
  CHECK_THAT(vllm_metrics_text({}), !Contains("cache_config_info"));
  const VllmEngine engine{.block_size = 16,
                          .num_gpu_blocks = 2048,
                          .max_lora = 2,
                          .running_loras = {"a", "b"},
                          .waiting_loras = {"c"},
                          .loras_changed_at = 1700000000.5};
  const auto samples = samples_of(vllm_metrics_text({}, engine));
  CHECK(samples.at(R"(vllm:lora_requests_info{max_lora="2",running_lora_adapters="a,b",)"
                   R"(waiting_lora_adapters="c"})") == 1700000000.5);
  CHECK(samples.at(R"(vllm:cache_config_info{block_size="16",engine="0",num_gpu_blocks="2048"})") ==
        1);
}

TEST_CASE("more used than there is shows as full, and no capacity as empty") {
  const auto usage = [](VllmGauges gauges) {
    return samples_of(vllm_metrics_text({{.model = "m", .gauges = gauges, .counters = {}}}))
        .at(R"(vllm:kv_cache_usage_perc{engine="0",model_name="m"})");
  };
  CHECK(usage({0, 0, 200, 100}) == 1.0);
  CHECK(usage({0, 0, 200, 0}) == 0.0);
}

}  // namespace
}  // namespace hopcost::mockserver
