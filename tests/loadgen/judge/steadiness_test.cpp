#include "loadgen/judge/steadiness.hpp"

#include <nlohmann/json.hpp>

#include "loadgen/console.hpp"
#include "loadgen/record.hpp"
#include "tests/catch.hpp"

using namespace hopcost;
using namespace hopcost::loadgen;
using Verdict = Steadiness::Verdict;

namespace {

constexpr std::size_t kTtft = 0;

/// Seconds of 200 streams each, whose first token takes 10 to 12 ms times `factor` of the second.
std::vector<Second> seconds(std::size_t count, double (*factor)(std::size_t)) {
  std::vector<Second> all;
  for (std::size_t at = 0; at < count; ++at) {
    Histogram ttft;
    for (int i = 0; i < 200; ++i) {
      ttft.record(static_cast<Nanos>(factor(at) * (10 + i / 100.0) * kMillisecond));
    }
    Second second;
    second.ok = 200;
    second.in_flight = 8;
    second.times[kTtft] = ttft.compact();
    all.push_back(std::move(second));
  }
  return all;
}

RunResult result_of(std::vector<Second> all) {
  RunResult result;
  result.measured_ns = static_cast<Nanos>(all.size()) * kSecond;
  result.seconds = std::move(all);
  return result;
}

std::vector<Steadiness> judged(const RunResult& result) {
  Options options;
  options.stream = true;
  return steadiness_of(options, result);
}

double level(std::size_t) {
  return 1;
}
double slower(std::size_t second) {
  return second < 10 ? 1 : 1.5;
}
double quicker(std::size_t second) {
  return second < 10 ? 1.5 : 1;
}
/// 25 streams a second, of which one or two take ten times as long: about one in twenty, so that
/// the 95th percentile may be either.
std::vector<Second> wild(std::size_t count) {
  auto all = seconds(count, level);
  for (std::size_t at = 0; at < count; ++at) {
    Histogram ttft;
    for (std::size_t i = 0; i < 25; ++i) ttft.record((i <= at % 2 ? 100 : 10) * kMillisecond);
    all[at].times[kTtft] = ttft.compact();
  }
  return all;
}

}  // namespace

TEST_CASE("a 95th percentile that stays is steady, one that is higher in the second half grows") {
  REQUIRE(kSeriesMetrics[kTtft] == Metric::ttft);
  const auto stays = judged(result_of(seconds(20, level)));
  REQUIRE(stays.size() == 1);
  CHECK(stays[0].verdict == Verdict::steady);
  CHECK(stays[0].figure == "ttft.p95");
  CHECK(stays[0].first.value == Catch::Approx(11.9 * kMillisecond).epsilon(0.01));
  CHECK(stays[0].first.range.low <= stays[0].first.value);
  CHECK(stays[0].second.range.high >= stays[0].second.value);
  CHECK(judged(result_of(seconds(20, slower)))[0].verdict == Verdict::grows);
  CHECK(judged(result_of(seconds(20, quicker)))[0].verdict == Verdict::falls);
}

TEST_CASE("what cannot be told is not called steady") {
  const auto found = judged(result_of(wild(20)));
  REQUIRE(found.size() == 1);
  CHECK(found[0].verdict == Verdict::undecided);
  CHECK(judged(result_of(seconds(9, level))).empty());
  CHECK(judged(RunResult{}).empty());
  auto few = seconds(20, level);
  for (auto& second : few) {
    Histogram one;
    one.record(kMillisecond);
    second.times[kTtft] = one.compact();
  }
  CHECK(judged(result_of(few)).empty());  // ten samples a half have no 95th percentile
}

TEST_CASE("of several loads each is judged, under its name, in the text and in the record") {
  RunRecord record;
  record.options.stream = true;
  record.options.targets = {*parse_api_base("http://127.0.0.1:8000")};
  for (const int users : {8, 16}) {
    StageResult stage;
    stage.concurrency = users;
    stage.seconds = seconds(20, users == 8 ? level : slower);
    stage.measured.measured_ns = 20 * kSecond;
    record.result.stages.push_back(stage);
  }
  const auto found = steadiness_of(record.options, record.result);
  REQUIRE(found.size() == 2);
  CHECK(found[0].load == "concurrent@8");
  CHECK(found[1].verdict == Verdict::grows);
  const auto text = console_report(record);
  CHECK(text.find("concurrent@16: ttft.p95") != std::string::npos);
  CHECK(text.find(": grows\n") != std::string::npos);
  const auto json = to_json(record)["steadiness"];
  REQUIRE(json.size() == 2);
  CHECK(json[0]["verdict"] == "steady");
  CHECK(json[1]["load"] == "concurrent@16");
  CHECK(json[1]["second"]["low"].get<double>() > json[1]["first"]["high"].get<double>());
}
