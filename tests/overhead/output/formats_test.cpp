#include "overhead/output/formats.hpp"

#include <algorithm>
#include <sstream>

#include <nlohmann/json.hpp>

#include "tests/catch.hpp"
#include "tests/overhead/cells.hpp"

using namespace hopcost;
using namespace hopcost::overhead;
using test::CellShape;
using test::healthy_cell;

namespace {

/// A cell told apart, one below resolution and one without a verdict.
ReadStudy three_cells() {
  ReadStudy study;
  study.started_at = "2026-01-01T00:00:00Z";
  study.cells.push_back(healthy_cell());
  CellShape same;
  same.stack_ns = same.baseline_ns - 300;
  study.cells.push_back(healthy_cell(same));
  study.cells.back().id = "nothing";
  study.cells.push_back(healthy_cell());
  study.cells.back().id = "broken";
  for (auto& pass : study.cells.back().passes) {
    pass.counters.failures[1] = 50;
    pass.counters.ok = 50;
  }
  for (auto& cell : study.cells) conclude(cell);
  return study;
}

std::vector<std::vector<std::string>> table_of(const std::string& csv) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines(csv);
  for (std::string line; std::getline(lines, line);) {
    rows.emplace_back();
    line += ',';  // so that an empty last field is one
    std::istringstream fields(line);
    for (std::string field; std::getline(fields, field, ',');) rows.back().push_back(field);
  }
  return rows;
}

}  // namespace

TEST_CASE("cells.csv: a row a cell, one without a verdict has no figures") {
  const auto study = three_cells();
  REQUIRE(study.cells[0].state == State::measured);
  REQUIRE(study.cells[1].state == State::below_resolution);
  REQUIRE(study.cells[2].state == State::no_verdict);
  const auto rows = table_of(cells_csv(study));
  REQUIRE(rows.size() == 4);
  const auto field = [&](std::size_t row, const std::string& name) {
    const auto column = std::ranges::find(rows[0], name);
    REQUIRE(column != rows[0].end());
    return rows[row].at(static_cast<std::size_t>(column - rows[0].begin()));
  };
  for (const auto& row : rows) CHECK(row.size() == rows[0].size());
  CHECK(field(1, "cell") == study.cells[0].id);
  CHECK(field(1, "e2e.p50_baseline_us") == "2000.000");
  CHECK(std::stod(field(1, "e2e.p50_stack_us")) == Catch::Approx(2050.35).margin(0.4));
  CHECK(std::stod(field(1, "e2e.p50_added_us")) == Catch::Approx(50.35).margin(0.1));
  CHECK(std::stod(field(1, "e2e.p50_added_low_us")) < std::stod(field(1, "e2e.p50_added_us")));
  CHECK(field(1, "cpu_per_request_us") == "60.000");
  CHECK(field(1, "stack_requests_per_s") == "450.000");
  CHECK(field(1, "ttft.p50_added_us").empty());
  CHECK(field(3, "state") == "no verdict");
  CHECK(field(3, "e2e.p50_added_us").empty());
  CHECK(field(3, "e2e.p50_stack_us").empty());
}

TEST_CASE("github-action-benchmark: what was added, or the resolution, which is then said") {
  const auto study = three_cells();
  const auto json = nlohmann::json::parse(github_json(study));
  const auto entry = [&](const std::string& name) {
    for (const auto& one : json) {
      if (one["name"] == name) return one;
    }
    return nlohmann::json();
  };
  const auto added = entry(study.cells[0].id + " e2e.p50 added");
  CHECK(added["unit"] == "us");
  CHECK(added["value"].get<double>() == Catch::Approx(50.35).margin(0.1));
  CHECK(added["range"].get<std::string>().starts_with("\u00b1 "));
  CHECK(added["extra"] == "5 restarts");
  CHECK(entry(study.cells[0].id + " e2e.p50 baseline")["value"] == 2000.0);
  const auto nothing = entry("nothing e2e.p50 added");
  CHECK(nothing["extra"] == "below resolution");
  CHECK(nothing["value"].get<double>() * 1e3 ==
        Catch::Approx(study.cells[1].overheads.at("e2e.p50").resolution()));
  for (const auto& one : json) {
    CHECK(one["value"].get<double>() > 0);
    CHECK_FALSE(one["name"].get<std::string>().starts_with("broken"));
  }
}

TEST_CASE("Bencher: nanoseconds with the interval's ends") {
  const auto study = three_cells();
  const auto json = nlohmann::json::parse(bencher_json(study));
  const auto& latency = json[study.cells[0].id + "/e2e.p50"]["latency"];
  CHECK(latency["value"].get<double>() == Catch::Approx(50'350).margin(100));
  CHECK(latency["lower_value"] < latency["value"]);
  CHECK(latency["upper_value"] > latency["value"]);
  CHECK_FALSE(json.contains(study.cells[0].id + "/requests_per_s"));
  CHECK_FALSE(json.contains("broken/e2e.p50"));
}

TEST_CASE("JUnit: a case a cell, no verdict is skipped, what did not come up an error") {
  auto study = three_cells();
  study.failures = {"stack x: did not come up"};
  const auto xml = run_junit(study);
  CHECK(xml.find("tests=\"4\"") != std::string::npos);
  CHECK(xml.find("skipped=\"1\"") != std::string::npos);
  CHECK(xml.find("errors=\"1\"") != std::string::npos);
  CHECK(xml.find("errors: ") != std::string::npos);  // the check that took the verdict away
}
