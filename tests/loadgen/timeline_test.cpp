#include "loadgen/timeline.hpp"

#include "tests/catch.hpp"

using namespace hopcost;
using namespace hopcost::loadgen;

namespace {

double only(const MetricSet& metrics, Metric metric) {
  REQUIRE(metrics[metric].count() == 1);
  return *metrics[metric].quantile(0.5);
}

}  // namespace

// Times below 2 048 ns are exact in the histogram, so the answers can be worked out by hand.
TEST_CASE("every metric of a stream follows its formula") {
  const Timeline timeline{
      .intended = 90, .send = 100, .headers = 150, .first_byte = 160, .close = 900};
  ReplyFacts facts;
  facts.first_choices = 170;
  facts.first_content = 200;
  facts.last_content = 800;
  facts.chunks = 5;
  facts.has_usage = true;
  facts.completion_tokens = 7;
  facts.stamp = ReplyStamp{1, 140, 180};
  MetricSet metrics;
  record_exchange(timeline, facts, true, metrics);

  CHECK(only(metrics, Metric::ttfb) == 60);
  CHECK(only(metrics, Metric::ttfc) == 70);
  CHECK(only(metrics, Metric::ttft) == 100);
  CHECK(only(metrics, Metric::ttft_from_intended) == 110);
  CHECK(only(metrics, Metric::itl) == 150);    // 600 over 4 gaps
  CHECK(only(metrics, Metric::tpot) == 100);   // 600 over 6 tokens after the first
  CHECK(only(metrics, Metric::ntpot) == 114);  // 800 over 7 tokens, whole ns
  CHECK(only(metrics, Metric::e2e) == 800);
  CHECK(only(metrics, Metric::e2e_from_intended) == 810);
  CHECK(only(metrics, Metric::lateness) == 10);
  CHECK(only(metrics, Metric::request_path) == 40);
  CHECK(only(metrics, Metric::response_path) == 20);
}

TEST_CASE("a unary reply's paths and the backend's own time add up to its latency") {
  const Timeline timeline{
      .intended = 100, .send = 100, .headers = 400, .first_byte = 400, .close = 410};
  ReplyFacts facts;
  facts.first_content = facts.last_content = facts.first_choices = 410;
  facts.has_usage = true;
  facts.completion_tokens = 4;
  facts.stamp = ReplyStamp{1, 150, 350};
  MetricSet metrics;
  record_exchange(timeline, facts, false, metrics);
  const double held = 350 - 150;
  CHECK(only(metrics, Metric::request_path) + held + only(metrics, Metric::response_path) ==
        only(metrics, Metric::e2e));
  CHECK(metrics[Metric::ttft].count() == 0);
  CHECK(metrics[Metric::itl].count() == 0);
}

TEST_CASE("one chunk has no gap, and no usage means chunks are counted") {
  const Timeline timeline{.intended = 1, .send = 1, .headers = 2, .first_byte = 2, .close = 11};
  ReplyFacts facts;
  facts.first_choices = facts.first_content = facts.last_content = 5;
  facts.chunks = 1;
  MetricSet metrics;
  record_exchange(timeline, facts, true, metrics);
  CHECK(metrics[Metric::itl].count() == 0);
  CHECK(metrics[Metric::tpot].count() == 0);
  CHECK(only(metrics, Metric::ntpot) == 10);
  CHECK(metrics[Metric::request_path].count() == 0);  // no stamps came back
}
