#include "overhead/gate/reproduction.hpp"

#include "tests/catch.hpp"
#include "tests/overhead/cells.hpp"

using namespace hopcost;
using namespace hopcost::overhead;
using test::healthy_cell;

namespace {

ReadStudy study_of(double added_ns) {
  ReadStudy study;
  study.machine = {{"cpu", "a"}};
  test::CellShape shape;
  shape.stack_ns = shape.baseline_ns + added_ns;
  study.cells.push_back(healthy_cell(shape));
  conclude(study.cells[0]);
  return study;
}

constexpr double kFifth = 0.2;

}  // namespace

TEST_CASE("a run that says the same again is reproduced, and one that does not differs") {
  const auto before = study_of(50e3);
  const auto same = judge_reproduction(before, study_of(53e3), kFifth);
  INFO(reproduction_text(same));
  CHECK(same.verdict() == Verdict::pass);
  CHECK(same.cells[0].allowed_ns == Catch::Approx(10e3).epsilon(0.05));
  const auto dearer = judge_reproduction(before, study_of(80e3), kFifth);
  CHECK(dearer.verdict() == Verdict::fail);
  CHECK(dearer.cells[0].change->value == Catch::Approx(30e3).epsilon(0.05));
  CHECK(judge_reproduction(before, study_of(20e3), kFifth).verdict() == Verdict::fail);
  CHECK(reproduction_text(dearer).find("differs") != std::string::npos);
}

TEST_CASE("what cannot be told again is neither reproduced nor different") {
  const auto before = study_of(50e3);
  CHECK(judge_reproduction(before, study_of(60e3), kFifth).verdict() == Verdict::no_verdict);

  auto none = study_of(50e3);
  none.cells[0].state = State::no_verdict;
  none.cells[0].reasons = {"other_load: the machine was busy"};
  const auto busy = judge_reproduction(before, none, kFifth);
  CHECK(busy.verdict() == Verdict::no_verdict);
  CHECK(busy.cells[0].why.find("the machine was busy") != std::string::npos);
  none.cells.clear();
  CHECK(judge_reproduction(before, none, kFifth).cells[0].why == "it was not measured again");
  // Nor is a run that said nothing.
  CHECK(judge_reproduction(none, before, kFifth).verdict() == Verdict::no_verdict);
  CHECK(reproduction_text(judge_reproduction(none, before, kFifth)).find("nothing to reproduce") !=
        std::string::npos);
}

TEST_CASE("what differs between the environments is said beside the verdict") {
  const auto before = study_of(50e3);
  auto again = study_of(50e3);
  again.machine["cpu"] = "b";
  again.versions["made-up"] = "2.0";
  const auto judged = judge_reproduction(before, again, kFifth);
  CHECK(judged.verdict() == Verdict::pass);
  const auto text = reproduction_text(judged);
  CHECK(text.find("cpu 'a' then, 'b' now") != std::string::npos);
  CHECK(text.find("'2.0' now") != std::string::npos);
}
