#include "loadgen/judge/figure.hpp"

#include <cmath>

#include "loadgen/judge/threshold.hpp"
#include "tests/catch.hpp"

using namespace hopcost;
using namespace hopcost::loadgen;

namespace {

/// 1 000 requests of 1 to 1 000 ns, 990 of them right.
RunResult run() {
  RunResult result;
  result.measured_ns = 2 * kSecond;
  result.counters.sent = 1000;
  result.counters.ok = result.counters.completed_in_window = 990;
  result.counters.chunks = 100;
  result.counters.output_tokens = 300;
  result.attainment.all = 500;
  for (int i = 1; i <= 1000; ++i) result.metrics[Metric::e2e].record(i);
  for (int i = 1; i <= 20; ++i) result.metrics[Metric::ttft].record(i);
  return result;
}

std::optional<double> value(std::string_view name) {
  const auto figure = Figure::parse(name);
  REQUIRE(figure);
  return figure->value(run());
}

std::string error(const auto& result) {
  REQUIRE_FALSE(result);
  return result.error().message;
}

}  // namespace

TEST_CASE("a figure is a statistic of a metric, or one of the whole run") {
  CHECK(value("e2e.mean") == 500.5);
  CHECK(value("e2e.min") == 1);
  CHECK(value("e2e.max") == 1000);
  CHECK(value("e2e.p50") == 500.5);
  CHECK(*value("e2e.p99") == Catch::Approx(990.01));
  CHECK(value("errors") == 0.01);
  CHECK(value("success") == 0.99);
  CHECK(value("goodput") == 0.5);
  CHECK(value("requests_per_s") == 495);
  CHECK(value("chunks_per_s") == 50);
  CHECK(value("output_tokens_per_s") == 150);
  CHECK(value("failed") == 10);
  CHECK(value("unsent") == 0);
  CHECK(value("backlog") == 0);
  auto growing = run();
  growing.not_answered_yet = 250;
  CHECK(Figure::parse("backlog")->value(growing) == 0.2);
}

TEST_CASE("what a run cannot tell has no value") {
  CHECK_FALSE(value("e2e.p99.9"));  // one sample beyond
  CHECK(value("ttft.p50"));
  CHECK_FALSE(value("ttft.p90"));  // two
  CHECK_FALSE(value("tpot.mean"));
  CHECK_FALSE(Figure::parse("errors")->value(RunResult{}));
  CHECK_FALSE(Figure::parse("requests_per_s")->value(RunResult{}));
}

TEST_CASE("an unknown figure is refused with the names there are") {
  for (const auto* wrong : {"", "e2e", "e2e.", "e2e.p", "e2e.p0", "e2e.p100", "e2e.p5x",
                            "e2e.median", "latency.p50", ".p50", "error"}) {
    CAPTURE(wrong);
    const auto message = error(Figure::parse(wrong));
    CHECK(message.find("ttft") != std::string::npos);
    CHECK(message.find("requests_per_s") != std::string::npos);
  }
}

TEST_CASE("the range of a percentile is that of its order statistics") {
  // n = 1 000, q = 0.5: 500 -+ 1.96 sqrt(250) = 469.01 and 530.99: the 469th and the 532nd value.
  const auto range = Figure::parse("e2e.p50")->range(run());
  REQUIRE(range);
  CHECK(range->low == Catch::Approx(469));
  CHECK(range->high == Catch::Approx(532));
  // q = 0.999: the upper rank lies past the last value, so nothing bounds it.
  const auto tail = Figure::parse("e2e.p99.9")->range(run());
  REQUIRE(tail);
  CHECK(std::isinf(tail->high));
}

TEST_CASE("chunks of one stream hang together, so their percentiles have no range") {
  auto result = run();
  for (int i = 0; i < 100; ++i) result.metrics[Metric::chunk_gap].record(5);
  CHECK(Figure::parse("chunk_gap.p50")->value(result) == 5);
  CHECK_FALSE(Figure::parse("chunk_gap.p50")->range(result));
}

TEST_CASE("the range of a share is Wilson's") {
  // 10 of 1 000: [0.00544, 0.01831].
  const auto range = Figure::parse("errors")->range(run());
  REQUIRE(range);
  CHECK(range->low == Catch::Approx(0.00544).epsilon(0.002));
  CHECK(range->high == Catch::Approx(0.01831).epsilon(0.002));
  CHECK_FALSE(Figure::parse("e2e.mean")->range(run()));
}

TEST_CASE("a threshold has a figure, a sign and a value in the figure's unit") {
  const auto slow = parse_threshold("ttft.p95 > 500ms");
  REQUIRE(slow);
  CHECK(slow->text == "ttft.p95>500ms");
  CHECK(slow->bound == 500e6);
  CHECK_FALSE(slow->is_true_of(500e6));
  CHECK(slow->is_true_of(500e6 + 1));
  CHECK(parse_threshold("errors>=1%")->is_true_of(0.01));
  CHECK(parse_threshold("errors>0.01")->bound == 0.01);
  CHECK(parse_threshold("requests_per_s<100/s")->is_true_of(99.9));
  CHECK(parse_threshold("requests_per_s<=100")->is_true_of(100));
  CHECK_FALSE(parse_threshold("failed<3")->is_true_of(3));
}

TEST_CASE("a threshold that makes no sense is refused with a reason") {
  CHECK(error(parse_threshold("ttft.p95")).find("FIGURE>VALUE") != std::string::npos);
  CHECK(error(parse_threshold(">5ms")).find("FIGURE>VALUE") != std::string::npos);
  CHECK(error(parse_threshold("")).find("FIGURE>VALUE") != std::string::npos);
  CHECK(error(parse_threshold("ttft.p95>500")).find("unit") != std::string::npos);
  CHECK(error(parse_threshold("errors>5ms")).find("share") != std::string::npos);
  CHECK(error(parse_threshold("errors>200%")).find("share") != std::string::npos);
  CHECK(error(parse_threshold("requests_per_s<")).find("rate") != std::string::npos);
  CHECK(error(parse_threshold("failed>-1")).find("count") != std::string::npos);
  CHECK(error(parse_threshold("speed<3")).find("figure") != std::string::npos);
}
