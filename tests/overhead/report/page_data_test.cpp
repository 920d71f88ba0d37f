#include "overhead/report/page_data.hpp"

#include <random>

#include "overhead/output/record.hpp"
#include "overhead/output/table.hpp"
#include "overhead/report/rebuilt.hpp"
#include "overhead/report/reports.hpp"
#include "tests/catch.hpp"
#include "tests/overhead/cells.hpp"
#include "tests/support/program.hpp"
#include "tests/web/unpacked.hpp"
#include "web/page.hpp"

using namespace hopcost;
using namespace hopcost::overhead;
using Catch::WithinRel;
using test::CellShape;
using test::healthy_cell;

namespace {

/// A healthy cell with distributions, as a run of some seconds makes them; each seed another.
Cell drawn_cell(const CellShape& shape, unsigned seed) {
  auto cell = healthy_cell(shape);
  std::mt19937_64 random(seed);
  std::lognormal_distribution<double> latency(0, 0.2);
  for (auto& pass : cell.passes) {
    for (auto& [name, value] : pass.quantities) value *= latency(random);
  }
  using loadgen::Metric;
  const bool stream = shape.mode == Mode::stream;
  for (const auto* arm : {kBaseline, kBaseline2, kStack}) {
    for (const auto metric :
         {Metric::e2e, Metric::ttft, Metric::chunk_gap, Metric::chunk_transit}) {
      if (!stream && metric != Metric::e2e) continue;
      auto& histogram = cell.merged[arm].metrics[metric];
      for (int i = 0; i < 4000; ++i) {
        histogram.record(static_cast<std::int64_t>(2e6 * latency(random)));
      }
    }
  }
  cell.id += std::to_string(seed);
  conclude(cell);
  return cell;
}

std::string record_of(std::vector<Cell> cells) {
  Study study;
  study.experiment.name = "made-up";
  study.started_at = "2026-01-02T03:04:05Z";
  study.cells = std::move(cells);
  return record_json(study, "overhead run").dump();
}

}  // namespace

TEST_CASE("the page's figures are those of run.json, to six digits") {
  const auto text = record_of({drawn_cell({}, 1), drawn_cell({.mode = Mode::stream}, 2)});
  const auto record = nlohmann::json::parse(text);
  const auto data = page_data(text);
  REQUIRE(data);
  REQUIRE((*data)["cells"].size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    const auto& shown = (*data)["cells"][i];
    const auto& cell = record["cells"][i];
    CHECK(shown["state"] == cell["state"]);
    CHECK(shown["added"].size() == cell["overheads"].size());
    for (const auto& [quantity, overhead] : cell["overheads"].items()) {
      INFO(quantity);
      const auto& added = shown["added"][quantity];
      for (const auto* end : {"value", "low", "high"}) {
        CHECK_THAT(added[end].get<double>(),
                   WithinRel(overhead["difference"][end].get<double>(), 1e-5));
      }
      CHECK_THAT(added["noise"].get<double>(),
                 WithinRel(overhead["noise_floor"].get<double>(), 1e-5));
    }
    const std::string headline = cell["headline"];
    const auto& column = shown["passes"]["values"][headline];
    REQUIRE(column.size() == cell["passes"].size());
    for (std::size_t pass = 0; pass < column.size(); ++pass) {
      CHECK_THAT(column[pass].get<double>(),
                 WithinRel(cell["passes"][pass]["quantities"][headline].get<double>(), 1e-5));
    }
    const auto& e2e = shown["distributions"][kStack]["e2e"];
    CHECK(e2e["n"] == cell["distributions_ns"][kStack]["e2e"]["count"]);
    CHECK_THAT(e2e["ns"][0].get<double>(),
               WithinRel(cell["distributions_ns"][kStack]["e2e"]["min"].get<double>(), 1e-3));
    CHECK(shown["sent"][kStack] == 1000);
  }
}

TEST_CASE("a record that lacks a field is refused, and the field is named") {
  auto record = nlohmann::json::parse(record_of({drawn_cell({}, 1)}));
  record["cells"][0]["passes"][3].erase("polluted");
  const auto data = page_data(record.dump());
  REQUIRE_FALSE(data);
  CHECK(data.error().to_string().find("passes[3].polluted") != std::string::npos);
}

TEST_CASE("the page of a hundred cells, ten restarts each, takes at most 400 KB") {
  std::vector<Cell> cells;
  for (unsigned i = 0; i < 100; ++i) {
    cells.push_back(
        drawn_cell({.mode = i % 2 == 0 ? Mode::unary : Mode::stream, .restarts = 10}, i));
  }
  const auto data = page_data(record_of(std::move(cells)));
  REQUIRE(data);
  const auto page = web::page(*data);
  REQUIRE(page.has_value() == web::has_page());
  if (!page) return;
  INFO(page->size());
  CHECK(page->size() <= 400'000);
  CHECK(test::data_of(*page) == *data);
}

TEST_CASE("reports are rendered again from run.json alone") {
  const test::TemporaryFolder folder;
  const auto written = write_reports(record_of({drawn_cell({}, 1)}), folder.path());
  REQUIRE(written);
  for (const auto* file :
       {"summary.md", "cells.csv", "benchmark.json", "bencher.json", "junit.xml"}) {
    INFO(file);
    CHECK_FALSE(test::read_file(folder.path() / file).empty());
  }
  CHECK(std::filesystem::exists(folder.path() / "report.html") == web::has_page());
}

TEST_CASE("the summary that is rendered again is the run's own") {
  Study study;
  study.experiment.seed = 7;
  study.machine = {};
  study.machine.cpu_model = "a processor";
  study.machine.cpus = 2;
  study.placement.note = "2 CPUs: generator on 0";
  study.started_at = "2026-01-02T03:04:05Z";
  study.cells = {drawn_cell({}, 1), drawn_cell({.mode = Mode::stream}, 2)};
  study.left_out = {"envoy: it is not installed"};
  const auto text = record_json(study, "overhead run").dump();
  const auto read = study_from_text(text, "run.json");
  REQUIRE(read);
  const auto again = rebuilt(*read);
  REQUIRE(again);
  CHECK(summary_markdown(*again) == summary_markdown(study));
}

TEST_CASE("an arm's own page shows that arm, and two builds have pages of their names") {
  const test::TemporaryFolder folder;
  const auto pages = write_arm_pages(record_of({drawn_cell({}, 1)}), folder.path());
  REQUIRE(pages.has_value() == web::has_page());
  if (!pages) return;
  REQUIRE(pages->size() == 2);
  for (const auto* arm : {"baseline", "stack"}) {
    const auto page = test::read_file(folder.path() / (std::string(arm) + ".html"));
    CHECK(test::data_of(page)["arm"] == arm);
  }
  auto builds = test::compared_builds();
  conclude(builds);
  const auto two = write_arm_pages(record_of({builds}), folder.path());
  REQUIRE(two);
  CHECK((*two)[0].filename() == "base.html");
  CHECK((*two)[1].filename() == "head.html");
}
