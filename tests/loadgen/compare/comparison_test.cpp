#include "loadgen/compare/comparison.hpp"

#include <nlohmann/json.hpp>

#include "loadgen/compare/comparison_files.hpp"
#include "tests/catch.hpp"
#include "tests/loadgen/output/made_record.hpp"

using namespace hopcost;
using namespace hopcost::loadgen;

namespace {

/// Runs whose every request took so many milliseconds, its first token a tenth of it.
Contestant contestant(const std::string& name, const std::vector<double>& took_ms) {
  Contestant made{name, {}};
  for (const double ms : took_ms) {
    auto record = test::made_record();
    record.result.metrics = {};
    for (int i = 0; i < 1000; ++i) {
      record.result.metrics[Metric::e2e].record(static_cast<Nanos>(ms * 1e6));
      record.result.metrics[Metric::ttft].record(static_cast<Nanos>(ms * 1e5));
    }
    made.runs.push_back(std::move(record));
  }
  return made;
}

const ComparedFigure& figure(const Comparison& comparison, const std::string& name) {
  const auto found = std::ranges::find(comparison.figures, name,
                                       [](const auto& one) { return one.figure.name(); });
  REQUIRE(found != comparison.figures.end());
  return *found;
}

}  // namespace

TEST_CASE("the better one is named where every other is beaten beyond what runs differ by") {
  const auto comparison =
      compare({contestant("slow", {20, 20.2, 19.9}), contestant("fast", {10, 10.1, 9.9}),
               contestant("middle", {15, 15.1, 15.2})});
  REQUIRE(comparison);
  const auto& e2e = figure(*comparison, "e2e.p50");
  REQUIRE(e2e.best);
  CHECK(*e2e.best == 1);
  REQUIRE(e2e.standings[1].value);
  CHECK(*e2e.standings[1].value == Catch::Approx(10e6).epsilon(0.01));
  // t(0.975, 2) = 4.3027, of 10, 10.1, 9.9: deviation 0.1
  REQUIRE(e2e.standings[1].range);
  CHECK(e2e.standings[1].range->high - *e2e.standings[1].value ==
        Catch::Approx(4.3027 * 0.1e6 / std::sqrt(3.0)).epsilon(0.2));
  // All answered everything, at the same rate.
  CHECK_FALSE(figure(*comparison, "success").best);
  CHECK(figure(*comparison, "requests_per_s").why_not == "runs differ by as much");
  CHECK(std::ranges::none_of(comparison->figures, [](const auto& one) {
    return one.figure.name() == "tpot.p50";  // nobody has it
  }));
}

TEST_CASE("runs that differ among themselves by as much, or are too few, name none") {
  auto comparison = compare({contestant("a", {10, 14, 9}), contestant("b", {11, 10, 13})});
  REQUIRE(comparison);
  CHECK_FALSE(figure(*comparison, "e2e.p50").best);
  comparison = compare({contestant("a", {10}), contestant("b", {20})});
  REQUIRE(comparison);
  const auto& e2e = figure(*comparison, "e2e.p50");
  CHECK_FALSE(e2e.best);
  CHECK(e2e.why_not == "1 run of each: 3 tell how much runs differ by themselves");
  CHECK(e2e.standings[0].range.has_value());  // of its own requests
  comparison = compare({contestant("a", {10, 10}), contestant("b", {20, 20, 20})});
  CHECK(figure(*comparison, "e2e.p50").why_not.starts_with("2 runs of each"));
  CHECK_FALSE(figure(*comparison, "e2e.p50").standings[0].range);
}

TEST_CASE("drift that all share does not hide who is better: runs are paired") {
  const auto comparison = compare({contestant("a", {10, 20, 30}), contestant("b", {11, 21.1, 31})});
  REQUIRE(comparison);
  const auto& e2e = figure(*comparison, "e2e.p50");
  REQUIRE(e2e.best);
  CHECK(*e2e.best == 0);
}

TEST_CASE("one alone, or nine, are not compared") {
  CHECK_FALSE(compare({contestant("a", {1})}));
  std::vector<Contestant> many;
  for (int i = 0; i < 9; ++i) many.push_back(contestant(std::to_string(i), {1}));
  CHECK_FALSE(compare(std::move(many)));
}

TEST_CASE("a comparison is told in a table, in Markdown and as JSON alike") {
  const auto comparison =
      compare({contestant("a|b<script>", {10, 10.1, 9.9}), contestant("slow", {20, 20.2, 19.9})});
  REQUIRE(comparison);
  const auto text = comparison_text(*comparison);
  CHECK(text.find("e2e.p50") != std::string::npos);
  CHECK(text.find("cannot tell: runs differ by as much") != std::string::npos);
  // A name is a stranger's: a terminal is not to obey it.
  const auto hostile = compare({contestant("a\x1b[2J", {1}), contestant("b", {1})});
  REQUIRE(hostile);
  CHECK(comparison_text(*hostile).find('\x1b') == std::string::npos);
  CHECK(comparison_text(*hostile).find("a\\x1b[2J") != std::string::npos);
  const auto markdown = comparison_markdown(*comparison);
  CHECK(markdown.find("a\\|b\\<script>") != std::string::npos);
  const auto json = comparison_json(*comparison);
  CHECK(json["schema"] == "hopcost.loadgen-comparison/1");
  CHECK(json["contestants"][1]["runs"] == 3);
  CHECK(json["contestants"][1]["sent"] == 3000);
  for (const auto& one : json["figures"]) {
    if (one["figure"] != "e2e.p50") continue;
    CHECK(one["best"] == 0);
    CHECK(one["unit"] == "ns");
    CHECK(one["standings"][0]["each_run"].size() == 3);
    CHECK(one["standings"][0]["low"] < one["standings"][0]["value"]);
  }
}
