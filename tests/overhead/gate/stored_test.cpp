#include "overhead/gate/stored.hpp"

#include <nlohmann/json.hpp>

#include "overhead/gate/gate_text.hpp"
#include "tests/catch.hpp"
#include "tests/overhead/cells.hpp"

using namespace hopcost;
using namespace hopcost::overhead;
using test::CellShape;
using test::healthy_cell;

namespace {

ReadStudy study_of(Cell cell) {
  conclude(cell);
  ReadStudy study;
  study.file = "results/x/run.json";
  study.machine = {{"cpu", "a processor"}, {"kernel", "6.1"}};
  study.cells.push_back(std::move(cell));
  return study;
}

Judged judged(const ReadStudy& now, const ReadStudy* stored, const std::string& budget) {
  const auto budgets = parse_budgets("budgets:\n  - " + budget + "\n", "b.yaml");
  REQUIRE(budgets);
  const auto report = judge_budgets(now, *budgets, stored);
  REQUIRE(report.rows.size() == 1);
  return report.rows[0];
}

const ReadStudy kStored = study_of(healthy_cell());  // 50 us more, 60 us of CPU

/// Its CPU a request is `factor` times as much, with a spread of 0.6 us.
Cell dearer(double factor) {
  Cell cell = healthy_cell();
  for (auto& pass : cell.passes) {
    if (!pass.through_stack) continue;
    pass.quantities[kCpuPerRequest] = 60e3 * factor + 600 * (pass.restart % 2);
  }
  return cell;
}

}  // namespace

TEST_CASE("stored: what has grown by more than its budget fails, by less passes") {
  const auto slower = study_of(healthy_cell(CellShape{.stack_ns = 2.08e6}));  // 30 us more
  const auto row = judged(slower, &kStored, "{quantity: e2e.p50, grows_at_most: 20us}");
  INFO(row.why);
  CHECK(row.verdict == Verdict::fail);
  REQUIRE(row.estimate);
  CHECK(row.estimate->value == Catch::Approx(30e3).margin(500));
  CHECK(judged(slower, &kStored, "{quantity: e2e.p50, grows_at_most: 40us}").verdict ==
        Verdict::pass);
  CHECK(judged(slower, &kStored, "{quantity: e2e.p50, grows_at_most: 30.2us}").verdict ==
        Verdict::no_verdict);
  // A stack that became cheaper passes.
  CHECK(judged(kStored, &slower, "{quantity: e2e.p50, grows_at_most: 1us}").verdict ==
        Verdict::pass);
}

TEST_CASE("stored: CPU by shares") {
  const auto now = study_of(dearer(1.1));
  CHECK(judged(now, &kStored, "{quantity: cpu_per_request, grows_at_most: 5%}").verdict ==
        Verdict::fail);
  const auto row = judged(now, &kStored, "{quantity: cpu_per_request, grows_at_most: 15%}");
  CHECK(row.verdict == Verdict::pass);
  CHECK(row.estimate->value == Catch::Approx(0.1).margin(0.01));
  CHECK(judged(now, &kStored, "{quantity: cpu_per_request, grows_at_most: 9us}").verdict ==
        Verdict::pass);
}

TEST_CASE("stored: no verdict where the two runs cannot be compared") {
  const std::string budget = "{quantity: e2e.p50, grows_at_most: 20us}";
  const auto refused = [&](const ReadStudy& now, const ReadStudy* stored, const char* why) {
    const auto row = judged(now, stored, budget);
    INFO(row.why);
    CHECK(row.verdict == Verdict::no_verdict);
    CHECK(row.why.find(why) != std::string::npos);
  };
  refused(kStored, nullptr, "--stored");
  auto elsewhere = kStored;
  elsewhere.machine["kernel"] = "5.10";
  refused(kStored, &elsewhere, "another machine: kernel '5.10' then, '6.1' now");
  elsewhere.machine.erase("kernel");
  refused(kStored, &elsewhere, "kernel 'unknown' then");
  auto other = kStored;
  other.cells[0].id = "other";
  refused(kStored, &other, "no such cell");
  auto longer = kStored;
  longer.cells[0].scenario.output_tokens = 500;
  refused(kStored, &longer, "other lengths or delays");
  auto open = kStored;
  open.cells[0].state = State::no_verdict;
  refused(kStored, &open, "no verdict");
  // The backend alone is 50 us slower than it was, which no stack can have done.
  const auto drifted = study_of(healthy_cell(CellShape{.baseline_ns = 2.05e6, .stack_ns = 2.1e6}));
  refused(drifted, &kStored, "the machine has moved by 50.0 us");
}

TEST_CASE("stored: a growth budget is told as one") {
  const auto budgets =
      parse_budgets("budgets:\n  - {quantity: e2e.p50, grows_at_most: 20us}\n", "b.yaml");
  const auto report = judge_budgets(kStored, *budgets, &kStored);
  CHECK(gate_table(report).find("grows at most 20us") != std::string::npos);
  CHECK(gate_explanation(report).find("since the stored run e2e.p50 has grown by 0.0 us") !=
        std::string::npos);
}

TEST_CASE("Welch's interval of a shift: value, width, degrees of freedom") {
  const auto shift = estimate_shift({10, 12, 14}, {1, 2, 3, 4}, 0.95);
  REQUIRE(shift);
  // means 12 and 2.5, variances 4 and 5/3: s^2 = 4/3 + 5/12, 3.235 degrees of freedom, t = 3.056
  CHECK(shift->value == Catch::Approx(9.5));
  CHECK(shift->high - shift->value == Catch::Approx(4.042).margin(0.002));
  CHECK(shift->low == Catch::Approx(2 * 9.5 - shift->high));
  CHECK_FALSE(estimate_shift({1}, {1, 2}));
  CHECK(estimate_shift({2, 2}, {1, 1})->low == 1);  // no spread at all
}
