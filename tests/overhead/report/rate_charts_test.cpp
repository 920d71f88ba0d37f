#include "overhead/report/rate_charts.hpp"

#include "tests/catch.hpp"
#include "tests/loadgen/output/made_levels.hpp"

using namespace hopcost;
using namespace hopcost::overhead;

TEST_CASE("the stages of a load become llm-d's three pictures, with units and counts") {
  const auto pictures = rate_charts(loadgen::test::made_levels());
  REQUIRE(pictures.size() == 3);
  const auto& latency = pictures.at("latency_vs_qps");
  CHECK(latency.find("request latency, ms") != std::string::npos);
  CHECK(latency.find("requests a second, asked for") != std::string::npos);
  CHECK(latency.find("n = ") != std::string::npos);
  CHECK(pictures.at("throughput_vs_qps").find("output tokens a second") != std::string::npos);
  CHECK(pictures.at("throughput_vs_latency").find("median request latency, ms") !=
        std::string::npos);
}

TEST_CASE("a load that has measured nothing gives pictures that say so") {
  const auto pictures = rate_charts(loadgen::RunRecord{});
  CHECK(pictures.size() == 3);
}
