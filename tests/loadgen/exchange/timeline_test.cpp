#include "loadgen/exchange/timeline.hpp"

#include "tests/catch.hpp"

using namespace hopcost;
using namespace hopcost::loadgen;

namespace {

Nanos only(const Sample& sample, Metric metric) {
  REQUIRE(sample.has(metric));
  return sample[metric];
}

}  // namespace

TEST_CASE("every metric of a stream follows its formula") {
  const Timeline timeline{.intended = 90,
                          .send = 100,
                          .last_send = 100,
                          .headers = 150,
                          .first_byte = 160,
                          .close = 900};
  ReplyFacts facts;
  facts.first_choices = 170;
  facts.first_content = 200;
  facts.last_content = 800;
  facts.chunks = 5;
  facts.has_usage = true;
  facts.completion_tokens = 7;
  facts.stamp = ReplyStamp{1, 140, 180};
  const auto sample = sample_of(timeline, facts, true);

  CHECK(only(sample, Metric::ttfb) == 60);
  CHECK(only(sample, Metric::ttfc) == 70);
  CHECK(only(sample, Metric::ttft) == 100);
  CHECK(only(sample, Metric::ttft_from_intended) == 110);
  CHECK(only(sample, Metric::itl) == 150);    // 600 over 4 gaps
  CHECK(only(sample, Metric::tpot) == 100);   // 600 over 6 tokens after the first
  CHECK(only(sample, Metric::ntpot) == 114);  // 800 over 7 tokens, whole ns
  CHECK(only(sample, Metric::e2e) == 800);
  CHECK(only(sample, Metric::e2e_from_intended) == 810);
  CHECK(only(sample, Metric::lateness) == 10);
  CHECK(only(sample, Metric::request_path) == 40);
  CHECK(only(sample, Metric::response_path) == 20);
}

TEST_CASE("a time that the server states is a sample, also of nothing, without one there is none") {
  const ReplyFacts facts;
  CHECK(only(sample_of({.send = 100, .close = 900, .server_time = 250}, facts, false),
             Metric::server_time) == 250);
  CHECK(only(sample_of({.send = 100, .close = 900, .server_time = 0}, facts, false),
             Metric::server_time) == 0);
  CHECK_FALSE(sample_of({.send = 100, .close = 900}, facts, false).has(Metric::server_time));
}

TEST_CASE("a unary reply's paths and the backend's own time add up to its latency") {
  const Timeline timeline{.intended = 100,
                          .send = 100,
                          .last_send = 100,
                          .headers = 400,
                          .first_byte = 400,
                          .close = 410};
  ReplyFacts facts;
  facts.first_content = facts.last_content = facts.first_choices = 410;
  facts.has_usage = true;
  facts.completion_tokens = 4;
  facts.stamp = ReplyStamp{1, 150, 350};
  const auto sample = sample_of(timeline, facts, false);
  const Nanos held = 350 - 150;
  CHECK(only(sample, Metric::request_path) + held + only(sample, Metric::response_path) ==
        only(sample, Metric::e2e));
  CHECK_FALSE(sample.has(Metric::ttft));
  CHECK_FALSE(sample.has(Metric::itl));
}

TEST_CASE("one chunk has no gap, and no usage means chunks are counted") {
  const Timeline timeline{
      .intended = 1, .send = 1, .last_send = 1, .headers = 2, .first_byte = 2, .close = 11};
  ReplyFacts facts;
  facts.first_choices = facts.first_content = facts.last_content = 5;
  facts.chunks = 1;
  const auto sample = sample_of(timeline, facts, true);
  CHECK_FALSE(sample.has(Metric::itl));
  CHECK_FALSE(sample.has(Metric::tpot));
  CHECK(only(sample, Metric::ntpot) == 10);
  CHECK_FALSE(sample.has(Metric::request_path));  // no stamps came back
}

TEST_CASE("a sample is recorded where it has a value and nowhere else") {
  Sample sample;
  sample[Metric::e2e] = 12;
  sample[Metric::lateness] = 0;
  MetricSet metrics;
  sample.record_in(metrics);
  CHECK(metrics[Metric::e2e].max() == 12);
  CHECK(metrics[Metric::lateness].count() == 1);
  CHECK(metrics[Metric::ttft].count() == 0);
}
