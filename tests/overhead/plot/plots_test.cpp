#include "overhead/plot/plots.hpp"

#include <algorithm>

#include "overhead/plot/chart.hpp"
#include "overhead/plot/heat_map.hpp"
#include "overhead/plot/scale.hpp"
#include "tests/catch.hpp"
#include "tests/overhead/ceiling_cells.hpp"

using namespace hopcost;
using namespace hopcost::overhead;
using test::healthy_cell;

namespace {

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

/// One stack at two loads with one and two instances, streamed, in front of two backends.
ReadStudy streamed() {
  ReadStudy study;
  for (const int replicas : {1, 2}) {
    for (const int users : {1, 8}) {
      auto cell = healthy_cell({.mode = Mode::stream});
      cell.asked.concurrency = users;
      cell.standup.replicas = replicas;
      cell.standup.backends = 2;
      for (auto& pass : cell.passes) {
        pass.quantities["e2e.p50"] = 9e6;
        pass.quantities["itl.p50"] = 5e5;
      }
      conclude(cell);
      study.cells.push_back(std::move(cell));
    }
  }
  return study;
}

}  // namespace

TEST_CASE("a streamed study gets the pictures that other studies have, by number of backends") {
  const auto plots = plots_of(streamed());
  for (const auto* name :
       {"vllm_replica2_ttft_vs_concurrency", "vllm_replica2_itl_vs_concurrency",
        "vllm_replica2_req_latency_vs_concurrency", "vllm_replica2_benchmark_results",
        "latency_vs_qps", "throughput_vs_latency", "throughput_vs_qps", "added_stream"}) {
    INFO(name);
    REQUIRE(plots.contains(name));
    CHECK(count_of(plots.at(name), "<circle") > 0);
    CHECK(plots.at(name).find("n = 5 restarts a point") != std::string::npos);
  }
  const auto& ttft = plots.at("vllm_replica2_ttft_vs_concurrency");
  // One line for each number of instances and one for the backend alone, two points each.
  CHECK(count_of(ttft, "<circle") == 6);
  CHECK(ttft.find(">direct<") != std::string::npos);
  CHECK(ttft.find(">made-up, 2 replicas, 1 worker<") != std::string::npos);
  CHECK(ttft.find(">TTFT, ms<") != std::string::npos);
  CHECK(count_of(plots.at("vllm_replica2_benchmark_results"), "class=\"title\"") == 4);
}

TEST_CASE("a cell without a verdict is not drawn, and a study without any says so") {
  auto study = streamed();
  study.cells.resize(1);
  study.cells[0].state = State::no_verdict;
  const auto plots = plots_of(study);
  CHECK(plots.at("added_unary").find("no cell has a verdict") != std::string::npos);
  CHECK(count_of(plots.at("added_unary"), "<circle") == 0);
  CHECK(plots.at("heat_map_stream").find(">no verdict<") != std::string::npos);
  CHECK(count_of(plots.at("heat_map_stream"), "fill-opacity") == 0);
  // The raw evidence is there to be looked at, without an estimate.
  CHECK(count_of(plots.at("cells/" + study.cells[0].id), "fill-opacity") == 0);
  CHECK_FALSE(plots.contains("latency_vs_qps"));
}

TEST_CASE("a run without cells has a picture that says so") {
  const auto plots = plots_of({});
  REQUIRE(plots.size() == 1);
  CHECK(plots.begin()->second.find("nothing to draw") != std::string::npos);
}

TEST_CASE("what is added at a glance: a row a stand-up, a column a load, with its figures") {
  const auto plots = plots_of(streamed());
  const auto& map = plots.at("heat_map_stream");
  CHECK(count_of(map, "fill-opacity") == 4);
  for (const auto* const text :
       {">1 user<", ">8 users<", ">made-up, 1 replica, 1 worker, 2 backends<",
        ">made-up, 2 replicas, 1 worker, 2 backends<", "µs", "n = 5 restarts"}) {
    INFO(text);
    CHECK(map.find(text) != std::string::npos);
  }
  HeatMap many{"t", "n", "load", {"1 user"}, {}};
  const HeatMap::Cell one{"1", 1.0};
  for (int i = 0; i < 200; ++i) many.rows.push_back({std::string(10'000, '<'), {one}});
  CHECK(svg_of(many).find("60 of 200 rows") != std::string::npos);
  CHECK(svg_of(many).size() < 60'000);
}

TEST_CASE("throughput and efficiency over workers, with the diagnosis") {
  ReadStudy study;
  study.machine["cpus"] = "8";
  for (const int workers : {1, 2, 4}) {
    study.cells.push_back(test::ceiling_cell({.workers = workers, .per_s = 390.0 * workers}));
  }
  const auto plots = plots_of(study);
  const auto found = plots.find("scaling_made-up_unary_over_workers");
  REQUIRE(found != plots.end());
  for (const auto* const text : {">requests a second<", ">efficiency, %<", "the backend alone: 20",
                                 ">in proportion to the first<", "n = 5 restarts a point"}) {
    INFO(text);
    CHECK(found->second.find(text) != std::string::npos);
  }
  CHECK(found->second.find("Universal") == std::string::npos);  // three counts are no fit
}

TEST_CASE("distributions stand on an axis that stretches towards 100 %") {
  auto study = streamed();
  for (auto& cell : study.cells) {
    for (const auto* const arm : {"baseline", "stack"}) {
      auto& metrics = cell.merged[arm].metrics;
      for (int i = 1; i <= 2'000; ++i) metrics[loadgen::Metric::e2e].record(i * kMicrosecond);
    }
  }
  const auto plots = plots_of(study);
  const auto& chart = plots.at("distribution_stream_c8");
  for (const auto* const text : {">0 %<", ">90 %<", ">99 %<", ">direct<", "n = 6000 samples"}) {
    INFO(text);
    CHECK(chart.find(text) != std::string::npos);
  }
  CHECK(chart.find(">99.9 %<") == std::string::npos);  // two samples lie beyond: no more than that
  const auto& cell = plots.at("cells/" + study.cells[0].id);
  CHECK(cell.find("Round by round") != std::string::npos);
  CHECK(cell.find("n = 10 rounds") != std::string::npos);
  CHECK(cell.find("Transit by place") != std::string::npos);
  CHECK(count_of(cell, "fill-opacity") == 1);  // the estimate's interval
}

TEST_CASE("hostile names are text in a picture, and short") {
  const PlotChart chart{
      "<script>&\"\x1b[31m", "n", "x", "y", true, {{std::string(10'000, '<'), {{1, 2, {}}}}}};
  const auto svg = svg_of({chart});
  CHECK(svg.find("<script>") == std::string::npos);
  CHECK(svg.find("&lt;script&gt;&amp;&quot;?[31m") != std::string::npos);
  CHECK(svg.size() < 6'000);
}

TEST_CASE("a point lies where its value says: higher values higher up, in order along x") {
  const PlotChart chart{
      "t", "n",  "x",
      "y", true, {{"a", {{1, 10, std::pair{9.0, 12.0}}, {8, 20, std::pair{18.0, 25.0}}}}}};
  const auto svg = svg_of({chart});
  double x[2];
  double y[2];
  auto at = svg.find("<circle");
  for (int i = 0; i < 2; ++i) {
    REQUIRE(std::sscanf(svg.c_str() + at, "<circle cx=\"%lf\" cy=\"%lf\"", &x[i], &y[i]) == 2);
    at = svg.find("<circle", at + 1);
  }
  CHECK(x[0] < x[1]);
  CHECK(y[0] > y[1]);
  CHECK(count_of(svg, "<path d=\"M") == 2);  // the intervals
}

TEST_CASE(
    "more lines than can be told apart get panels of their own, of very many they are counted") {
  const auto many = [](int lines) {
    PlotChart chart{"t", "n", "x", "y", true, {{"what it is compared with", {{1, 1, {}}}, true}}};
    for (int i = 0; i < lines; ++i) chart.lines.push_back({std::to_string(i), {{1.0 + i, 1, {}}}});
    return svg_of({chart});
  };
  const auto forty = many(40);
  CHECK(count_of(forty, "class=\"title\"") == 4);
  CHECK(count_of(forty, "<circle") == 40 + 4);
  CHECK(forty.find(">t (1 of 4)<") != std::string::npos);
  CHECK(count_of(forty, "what it is compared with") == 4);
  CHECK(many(100).find("66 of 100 lines") != std::string::npos);
}

TEST_CASE("ticks are round, reach over the values, and labels have room") {
  const auto ticks = round_ticks(-3, 104, 6);
  CHECK(ticks.at.front() <= -3);
  CHECK(ticks.at.back() >= 104);
  CHECK(std::ranges::find(ticks.at, 0.0) != ticks.at.end());
  CHECK(round_ticks(0, 0.32, 6).decimals == 1);
  CHECK(round_ticks(0, 0, 6).at.size() >= 2);
  const auto powers = log_ticks(0.3, 40);
  CHECK(powers.at.front() == Catch::Approx(0.2));
  CHECK(powers.at.back() == Catch::Approx(50));
  CHECK(powers.decimals == 1);
  CHECK(log_ticks(1, 1e9).at.size() == 10);
  CHECK(with_room({0, 10, 50, 60, 100}, 44) == std::vector<std::size_t>{0, 2, 4});
}
