#include "loadgen/judge/service_level.hpp"

#include "tests/catch.hpp"

using namespace hopcost;
using namespace hopcost::loadgen;

namespace {

ServiceLevel level_of(std::string_view text) {
  ServiceLevel level;
  const auto added = add_service_level(text, level);
  REQUIRE(added);
  return level;
}

Sample sample(Nanos ttft, Nanos e2e) {
  Sample sample;
  sample[Metric::ttft] = ttft;
  sample[Metric::e2e] = e2e;
  return sample;
}

}  // namespace

TEST_CASE("objectives are times of a request, in a list") {
  const auto level = level_of("ttft=500ms,e2e=5s");
  REQUIRE(level.objectives.size() == 2);
  CHECK(level.objectives[0].metric == Metric::ttft);
  CHECK(level.objectives[0].at_most == 500 * kMillisecond);
  CHECK(level.objectives[1].metric == Metric::e2e);
  CHECK(level.targets.empty());
}

TEST_CASE("named sets have the targets that suites state") {
  const auto interactive = level_of("mlperf-interactive");
  CHECK(interactive.objectives.size() == 2);
  REQUIRE(interactive.targets.size() == 2);
  CHECK(interactive.targets[0].text == "ttft.p95<=500ms");
  CHECK(interactive.targets[1].text == "tpot.p95<=30ms");
  CHECK(level_of("mlperf-standard").targets[0].bound == 2e9);
  CHECK(level_of("mlperf-standard").targets[1].bound == 100e6);
  CHECK(level_of("production").targets[0].bound == Catch::Approx(0.999));
  CHECK(level_of("production").objectives.empty());
  const auto both = level_of("testing,ttft=1s");
  CHECK(both.targets[0].bound == Catch::Approx(0.95));
  CHECK(both.objectives.size() == 1);
}

TEST_CASE("what is no objective is refused with what there is") {
  for (const auto* wrong : {"ttft", "ttft=", "ttft=5", "speed=5ms", "chunk_gap=5ms", "gold", ","}) {
    CAPTURE(wrong);
    ServiceLevel level;
    CHECK_FALSE(add_service_level(wrong, level));
  }
  ServiceLevel level;
  const auto refused = add_service_level("gold", level);
  CHECK(refused.error().message.find("mlperf-standard") != std::string::npos);
  CHECK(refused.error().message.find("tpot") != std::string::npos);
}

TEST_CASE("a request is good when it meets every objective, and a missing time is no miss") {
  const auto level = level_of("ttft=10ns,e2e=100ns,tpot=1ns");
  Attainment attainment;
  attainment.count(level.objectives, sample(10, 100));
  attainment.count(level.objectives, sample(11, 100));
  attainment.count(level.objectives, sample(10, 101));
  attainment.count(level.objectives, sample(11, 101));
  CHECK(attainment.all == 1);
  CHECK(attainment.each == std::vector<std::uint64_t>{2, 2, 4});
  Attainment other;
  other.count(level.objectives, sample(1, 1));
  other.merge(attainment);
  CHECK(other.all == 2);
  CHECK(other.each == std::vector<std::uint64_t>{3, 3, 5});
}
