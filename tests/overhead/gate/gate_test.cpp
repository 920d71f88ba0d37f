#include "overhead/gate/gate.hpp"

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
  study.cells.push_back(std::move(cell));
  return study;
}

GateReport gate(const ReadStudy& study, const std::string& budgets) {
  const auto parsed = parse_budgets("budgets:\n" + budgets, "b.yaml");
  REQUIRE(parsed);
  return judge_budgets(study, *parsed);
}

Verdict verdict(const ReadStudy& study, const std::string& budget) {
  return gate(study, "  - " + budget + "\n").verdict;
}

}  // namespace

TEST_CASE("gate: a budget needs a bound and an interval wholly on one side of it") {
  const auto study = study_of(healthy_cell());  // 50 us more, give or take 0.3 us
  CHECK(verdict(study, "{quantity: e2e.p50, at_most: 60us}") == Verdict::pass);
  CHECK(verdict(study, "{quantity: e2e.p50, at_most: 40us}") == Verdict::fail);
  const auto open = gate(study, "  - {quantity: e2e.p50, at_most: 50.3us}\n");
  CHECK(open.verdict == Verdict::no_verdict);
  CHECK(open.rows[0].why.find("includes the budget") != std::string::npos);
}

TEST_CASE("gate: shares of the baseline, losses of rates, and CPU") {
  const auto study = study_of(healthy_cell());  // 2.5 % of 2 ms; 60 us of CPU
  CHECK(verdict(study, "{quantity: e2e.p50, at_most: 3%}") == Verdict::pass);
  CHECK(verdict(study, "{quantity: e2e.p50, at_most: 2%}") == Verdict::fail);
  CHECK(verdict(study, "{quantity: cpu_per_request, at_most: 61us}") == Verdict::pass);
  CHECK(verdict(study, "{quantity: cpu_per_request, at_most: 59us}") == Verdict::fail);
  CHECK(verdict(study, "{quantity: requests_per_s, loses_at_most: 1%}") == Verdict::pass);
  auto slower = healthy_cell();
  for (auto& pass : slower.passes) {
    if (pass.through_stack) pass.quantities["requests_per_s"] = 400;  // of 450
  }
  const auto lossy = study_of(slower);
  const auto report = gate(lossy, "  - {quantity: requests_per_s, loses_at_most: 5%}\n");
  CHECK(report.verdict == Verdict::fail);
  CHECK(report.rows[0].estimate->value == Catch::Approx(1 - 400.0 / 450));
  CHECK(report.rows[0].estimate->low <= report.rows[0].estimate->high);
}

TEST_CASE("gate: of two builds CPU is a share of the other's, a backend has none of a stack") {
  const auto same = study_of(test::compared_builds());
  CHECK(verdict(same, "{quantity: cpu_per_request, at_most: 2%}") == Verdict::pass);
  auto dearer = test::compared_builds();
  for (auto& pass : dearer.passes) {
    if (pass.arm == kHead) pass.quantities["cpu_per_request"] *= 1.1;
  }
  const auto report = gate(study_of(dearer), "  - {quantity: cpu_per_request, at_most: 2%}\n");
  CHECK(report.verdict == Verdict::fail);
  CHECK(report.rows[0].estimate->value == Catch::Approx(0.1));
  const auto alone =
      gate(study_of(healthy_cell()), "  - {quantity: cpu_per_request, at_most: 2%}\n");
  CHECK(alone.verdict == Verdict::no_verdict);
  CHECK(alone.rows[0].why.find("the baseline has no CPU of a stack") != std::string::npos);
}

TEST_CASE("gate: what stands in the way of a verdict is no pass") {
  const std::string budget = "{quantity: e2e.p50, at_most: 1s}";
  auto broken = healthy_cell();
  for (auto& pass : broken.passes) pass.counters.failures[1] = pass.counters.sent / 2;
  for (auto& pass : broken.passes) pass.counters.ok = pass.counters.sent / 2;
  const auto errors = gate(study_of(broken), "  - " + budget + "\n");
  CHECK(errors.verdict == Verdict::no_verdict);
  CHECK(errors.rows[0].why.starts_with("errors: "));

  auto split = healthy_cell();
  for (auto& pass : split.passes) {
    if (pass.through_stack && pass.restart < 2) pass.quantities["e2e.p50"] += 1e6;
  }
  const auto disagree = gate(study_of(split), "  - " + budget + "\n");
  CHECK(disagree.verdict == Verdict::no_verdict);
  CHECK(disagree.rows[0].why.starts_with("restarts_disagree: "));

  const auto healthy = study_of(healthy_cell());
  CHECK(verdict(healthy, "{quantity: e2e.p99, at_most: 1s}") == Verdict::no_verdict);
  CHECK(verdict(healthy, "{cells: \"other-*\", at_most: 1s}") == Verdict::no_verdict);
  auto noisy = healthy_cell();
  for (auto& pass : noisy.passes) {
    if (pass.arm == kBaseline2) pass.quantities["e2e.p50"] += pass.restart % 2 == 0 ? 9e4 : -9e4;
  }
  const auto noise = gate(study_of(noisy), "  - {quantity: e2e.p50, at_most: 60us}\n");
  CHECK(noise.verdict == Verdict::no_verdict);
  CHECK(noise.rows[0].why.starts_with("noise: "));
}

TEST_CASE("gate: one fail fails it, one open budget leaves it open, and more of them cost width") {
  const auto study = study_of(healthy_cell());
  const auto report = gate(study,
                           "  - {quantity: e2e.p50, at_most: 60us}\n"
                           "  - {quantity: e2e.p50, at_most: 40us}\n"
                           "  - {cells: none, at_most: 1s}\n");
  CHECK(report.verdict == Verdict::fail);
  CHECK(report.rows.size() == 3);
  CHECK(report.level == Catch::Approx(1 - 0.05 / 2));  // two intervals were made
  CHECK(report.rows[0].estimate->level == report.level);
  const auto alone = gate(study, "  - {quantity: e2e.p50, at_most: 60us}\n");
  CHECK(alone.level == Catch::Approx(0.95));
  auto looked_at = healthy_cell();
  looked_at.looks = 3;  // it could have ended twice before
  const auto strict = gate(study_of(looked_at), "  - {quantity: e2e.p50, at_most: 60us}\n");
  CHECK(strict.level == Catch::Approx(1 - 0.05 / 3));
  CHECK(strict.rows[0].estimate->level == strict.level);
  CHECK(alone.rows[0].estimate->high < report.rows[0].estimate->high);
}

TEST_CASE("gate: below resolution passes a budget above the noise, and not one below it") {
  auto free = healthy_cell(CellShape{.stack_ns = 2e6 - 300});
  const auto study = study_of(free);
  REQUIRE(study.cells[0].state == State::below_resolution);
  CHECK(verdict(study, "{quantity: e2e.p50, at_most: 5us}") == Verdict::pass);
  CHECK(verdict(study, "{quantity: e2e.p50, at_most: 50ns}") == Verdict::no_verdict);
}

TEST_CASE(
    "gate: the verdict in a table, in sentences, for a pull request, for CI and for programs") {
  const auto study = study_of(healthy_cell());
  const auto report = gate(study,
                           "  - {quantity: e2e.p50, at_most: 40us}\n"
                           "  - {cells: none, at_most: 1s}\n");
  CHECK(gate_table(report).find("fail: 0 passed, 1 failed, 1 without a verdict") !=
        std::string::npos);
  CHECK(gate_explanation(report).find("the stack adds to e2e.p50 50.") != std::string::npos);
  CHECK(gate_explanation(report).find("the budget is 40us") != std::string::npos);
  CHECK(gate_markdown(report).starts_with("**fail: "));
  const auto json = gate_json(report, study);
  CHECK(json["schema"] == "hopcost.gate/1");
  CHECK(json["verdict"] == "fail");
  CHECK(json["budgets"][0]["estimate"]["low"].get<double>() > 40e3);
  CHECK(json["budgets"][1]["estimate"].is_null());
  const auto junit = gate_junit(report, study);
  CHECK(junit.find(R"(tests="2" failures="1" errors="1" skipped="0")") != std::string::npos);
}
