#include <nlohmann/json.hpp>

#include "loadgen/measure/result.hpp"
#include "tests/catch.hpp"

using namespace hopcost;
using namespace hopcost::loadgen;
using nlohmann::json;

namespace {

RunResult made() {
  RunResult result;
  result.start_ns = 5;
  result.measured_ns = 2 * kSecond;
  result.counters.sent = 1'003;
  result.counters.ok = 1'000;
  result.counters.completed_in_window = 990;
  result.counters.chunks = 7;
  for (int i = 0; i < 3; ++i) result.fail(Failure::timeout, "late");
  for (int i = 1; i <= 1'000; ++i) result.metrics[Metric::e2e].record(i * 1'234'567);
  result.attainment.all = 3;
  result.attainment.each = {4, 5};
  result.generator_cpu_ns = 77;
  result.stopped_by = "errors>1%";
  result.seconds.resize(2);
  result.seconds[1].ok = 9;
  Histogram times;
  times.record(4'000'000);
  result.seconds[1].times[2] = times.compact();
  StageResult stage;
  stage.rate_per_s = 12.5;
  stage.measured.counters.sent = 4;
  stage.measured.metrics[Metric::ttft].record(1'000'000);
  stage.seconds = result.seconds;
  result.stages = {stage, stage};
  for (const int place : {0, 1, 2, 3, 900}) {
    result.metrics.transit_by_position.record(static_cast<std::uint64_t>(place), 1'000 + place);
  }
  result.labels.push_back({"model", "a", {}});
  result.labels.back().measured.counters.sent = 3;
  return result;
}

}  // namespace

TEST_CASE("a result that was written is read as the same, within the histogram's error") {
  const auto result = made();
  const auto text = to_json(result).dump();
  const auto again = result_from_json(json::parse(text));
  REQUIRE(again);
  CHECK(to_json(*again)["counters"] == to_json(result)["counters"]);
  CHECK(to_json(*again)["failures"] == to_json(result)["failures"]);
  CHECK(again->measured_ns == result.measured_ns);
  CHECK(again->stopped_by == "errors>1%");
  CHECK(again->attainment.each == result.attainment.each);
  CHECK(to_json(*again)["chunk_transit_by_position"] ==
        to_json(result)["chunk_transit_by_position"]);
  const auto& e2e = again->metrics[Metric::e2e];
  CHECK(e2e.count() == 1'000);
  CHECK(e2e.min() == 1'234'567);
  CHECK(e2e.max() == 1'234'567'000);
  CHECK(e2e.mean() == Catch::Approx(result.metrics[Metric::e2e].mean()));
  for (const double q : {0.01, 0.5, 0.9, 0.99}) {
    CHECK(*e2e.quantile(q) ==
          Catch::Approx(*result.metrics[Metric::e2e].quantile(q)).epsilon(0.008));
  }
  REQUIRE(again->stages.size() == 2);
  CHECK(again->stages[1].name() == "constant@12.5");
  CHECK(again->stages[1].measured.metrics[Metric::ttft].count() == 1);
  CHECK(again->stages[1].seconds[1].ok == 9);
  CHECK(again->labels[0].name == "a");
  CHECK(again->seconds[1].times[2].count == 1);
  // Written again, it is the same text: nothing drifts from merge to merge.
  CHECK(to_json(*result_from_json(to_json(*again))).dump() == to_json(*again).dump());
}

TEST_CASE("transit is kept by place in the stream: 0, 1, 2-3, 4-7, ...") {
  const auto places = to_json(made())["chunk_transit_by_position"];
  REQUIRE(places.size() == 4);
  CHECK(places[2] == json{{"from", 2}, {"count", 2}, {"mean_ns", 1002.5}});
  CHECK(places[3] == json{{"from", 512}, {"count", 1}, {"mean_ns", 1900.0}});
}

TEST_CASE("what is wrong in a result is named by its field") {
  const auto refusal = [](const char* pointer, const json& value) {
    auto whole = to_json(made());
    whole[nlohmann::json::json_pointer(pointer)] = value;
    const auto read = result_from_json(whole);
    return read ? "accepted" : read.error().message;
  };
  CHECK(refusal("/counters/sent", "x").starts_with("counters.sent"));
  CHECK(refusal("/counters/ok", 5'000).starts_with("counters: more ok"));
  CHECK(refusal("/metrics_ns/e2e/count", 1).starts_with("metrics_ns.e2e: a histogram's count"));
  CHECK(
      refusal("/metrics_ns/e2e/buckets/0", 1).starts_with("metrics_ns.e2e: a histogram's bucket"));
  CHECK(refusal("/stages/1/counters/sent", -1).starts_with("stages[1].counters.sent"));
  CHECK(refusal("/seconds/0/ok", "x").starts_with("seconds[0].ok"));
  CHECK(refusal("/measured_ns", "x").starts_with("measured_ns"));
  CHECK_FALSE(result_from_json(json(5)));
  CHECK_FALSE(result_from_json(json::array()));
}

TEST_CASE("shares of a run add up to the run") {
  auto sum = made();
  sum.merge(made());
  CHECK(sum.counters.sent == 2'006);
  CHECK(sum.stages.size() == 2);
  CHECK(sum.stages[0].rate_per_s == 25);
  CHECK(sum.stages[0].measured.counters.sent == 8);
  CHECK(sum.labels.size() == 1);
  CHECK(sum.labels[0].measured.counters.sent == 6);
  CHECK(sum.seconds[1].ok == 18);
  CHECK(sum.measured_ns == 2 * kSecond);
}
