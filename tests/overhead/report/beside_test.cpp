#include "overhead/report/beside.hpp"

#include <nlohmann/json.hpp>

#include "tests/catch.hpp"
#include "tests/overhead/cells.hpp"

using namespace hopcost;
using namespace hopcost::overhead;
using test::healthy_cell;

namespace {

ReadStudy study_of(const test::CellShape& shape) {
  ReadStudy study;
  study.machine = {{"cpu", "a"}};
  study.cells.push_back(healthy_cell(shape));
  conclude(study.cells[0]);
  return study;
}

}  // namespace

TEST_CASE("two runs beside each other: a change that is there is told from one that is not") {
  const auto first = study_of({});
  CHECK(beside(first, first).find("no difference to be seen") != std::string::npos);
  test::CellShape slower;
  slower.stack_ns += 40'000;
  const auto second = study_of(slower);
  const auto text = beside(first, second);
  CHECK(text.find("+40.0 [") != std::string::npos);
  CHECK(text.find("  more") != std::string::npos);
  CHECK(beside(second, first).find("  less") != std::string::npos);
}

TEST_CASE("two runs beside each other: what cannot be compared is said") {
  const auto first = study_of({});
  auto second = study_of({});
  second.machine["cpu"] = "b";
  second.cells[0].state = State::no_verdict;
  second.cells.push_back(healthy_cell());
  second.cells.back().id = "new";
  conclude(second.cells.back());
  const auto text = beside(first, second);
  CHECK(text.find("CAREFUL") != std::string::npos);
  CHECK(text.find("no verdict") != std::string::npos);
  CHECK(text.find("only in the second") != std::string::npos);
}

TEST_CASE("two runs beside each other: the page has the table's figures") {
  const auto first = study_of({});
  test::CellShape slower;
  slower.stack_ns += 40'000;
  const auto json = beside_json(first, study_of(slower));
  CHECK(json["schema"] == "hopcost.overhead-comparison/1");
  REQUIRE(json["rows"].size() >= 1);
  const auto& row = json["rows"][0];
  CHECK(row["which"] == "more");
  CHECK(row["change"]["value"].get<double>() == Catch::Approx(40e3).epsilon(0.01));
  CHECK(row["change"]["low"] < row["change"]["value"]);
  CHECK(beside_json(first, ReadStudy{})["rows"][0]["change"].is_null());
}
