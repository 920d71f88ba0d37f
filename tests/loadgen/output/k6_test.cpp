#include <nlohmann/json.hpp>

#include "loadgen/output/format.hpp"
#include "tests/catch.hpp"
#include "tests/loadgen/output/made_record.hpp"

using namespace hopcost;
using namespace hopcost::loadgen;
using namespace hopcost::loadgen::test;
using nlohmann::json;

namespace {

json summary(const RunRecord& record) {
  const auto files = render_k6(record);
  REQUIRE(files.size() == 2);
  CHECK(files[0].path == "k6/summary.json");
  return json::parse(files[0].text);
}

json handle_summary(const RunRecord& record) {
  const auto files = render_k6(record);
  REQUIRE(files.size() == 2);
  CHECK(files[1].path == "k6/handle_summary.json");
  return json::parse(files[1].text);
}

}  // namespace

TEST_CASE("k6: trends in ms, counters with rates, and a root group") {
  const auto all = summary(made_record());
  const auto& metrics = all["metrics"];
  CHECK(metrics["http_reqs"] == json{{"count", 1000}, {"rate", 500.0}});
  CHECK(metrics["iterations"] == metrics["http_reqs"]);
  const auto& duration = metrics["http_req_duration"];
  CHECK(duration["avg"].get<double>() == Catch::Approx(500.5));
  CHECK(duration["min"] == 1.0);
  CHECK(duration["med"].get<double>() == Catch::Approx(500.5).epsilon(0.001));
  CHECK(duration["max"] == 1000.0);
  CHECK(duration["p(90)"].get<double>() == Catch::Approx(900.1).epsilon(0.001));
  CHECK(duration["p(95)"].get<double>() == Catch::Approx(950.05).epsilon(0.001));
  CHECK(metrics["http_req_waiting"]["max"] == 50.0);
  CHECK(metrics["ttft"]["max"] == 100.0);
  CHECK_FALSE(metrics.contains("chunk_gap"));
  CHECK(metrics["vus"]["max"] == 4);
  for (const auto* key : {"name", "path", "id", "groups", "checks"}) {
    CHECK(all["root_group"].contains(key));
  }
}

TEST_CASE("k6: bytes are those of the counted requests, not of the warm-up") {
  auto record = made_record();
  record.result.counters.requests_total = 4000;  // 1000 of them counted, in two seconds
  record.result.counters.bytes_written = 1'200'000;
  record.result.counters.bytes_read = 4'000'000;
  const auto metrics = summary(record)["metrics"];
  CHECK(metrics["data_sent"] == json{{"count", 300'000}, {"rate", 150'000.0}});
  CHECK(metrics["data_received"] == json{{"count", 1'000'000}, {"rate", 500'000.0}});
}

TEST_CASE("k6: failures are in the durations, and passes counts the failures") {
  const auto metrics = summary(with_failures(made_record(), 250))["metrics"];
  CHECK(metrics["http_reqs"]["count"] == 1250);
  CHECK(metrics["http_req_duration"]["count"] == 1250);
  CHECK(metrics["http_req_failed"] == json{{"value", 0.2}, {"passes", 250}, {"fails", 1000}});
}

TEST_CASE("k6: a threshold stands at its metric, false where it is met") {
  const auto metrics =
      summary(judged(made_record(), {"e2e.p95>10s", "ttft.p50>10ms", "errors>1%"}))["metrics"];
  CHECK(metrics["http_req_duration"]["thresholds"] == json{{"not e2e.p95>10s", false}});
  CHECK(metrics["ttft"]["thresholds"] == json{{"not ttft.p50>10ms", true}});
  CHECK(metrics["http_req_failed"]["thresholds"] == json{{"not errors>1%", false}});
}

TEST_CASE("k6: handleSummary's data has the same values with their types, and thresholds as ok") {
  const auto record = judged(made_record(), {"ttft.p50>10ms"});
  const auto legacy = summary(record)["metrics"];
  const auto all = handle_summary(record);
  const auto& metrics = all["metrics"];
  REQUIRE(metrics.size() == legacy.size());
  for (const auto& [name, metric] : metrics.items()) {
    CAPTURE(name);
    auto values = legacy[name];
    values.erase("thresholds");
    CHECK(metric["values"] == values);
  }
  CHECK(metrics["http_req_duration"]["type"] == "trend");
  CHECK(metrics["http_req_duration"]["contains"] == "time");
  CHECK(metrics["http_reqs"]["type"] == "counter");
  CHECK(metrics["data_sent"]["contains"] == "data");
  CHECK(metrics["http_req_failed"]["type"] == "rate");
  CHECK(metrics["vus"]["type"] == "gauge");
  CHECK(metrics["ttft"]["thresholds"] == json{{"not ttft.p50>10ms", {{"ok", false}}}});
  CHECK_FALSE(metrics["http_reqs"].contains("thresholds"));
  CHECK(all["root_group"]["groups"].is_array());
  CHECK(all["state"]["testRunDurationMs"] > 0);
}
