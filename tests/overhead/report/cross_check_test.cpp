#include "overhead/report/cross_check.hpp"

#include "tests/catch.hpp"
#include "tests/overhead/cells.hpp"

using namespace hopcost;
using namespace hopcost::overhead;
using test::healthy_cell;

namespace {

ReadStudy run_with(const std::string& tool, const test::CellShape& shape) {
  ReadStudy study;
  study.machine = {{"cpu", "a"}};
  study.versions = {{"made-up", "1.0"}};
  if (!tool.empty()) study.versions[tool + " (harness)"] = tool + " 2.3";
  study.cells.push_back(healthy_cell(shape));
  for (auto& pass : study.cells[0].passes) pass.measured_ns = 1'000'000'000;
  conclude(study.cells[0]);
  return study;
}

}  // namespace

TEST_CASE(
    "a cross-check has a line for each load generator, with what it sees of the backend alone") {
  const auto ours = run_with("", {});
  test::CellShape slower;
  slower.baseline_ns += 1'000'000;
  slower.stack_ns += 1'040'000;
  const auto text = cross_check({ours, run_with("other", slower), run_with("same", {})});
  // A tenth of a CPU for a second over 100 requests is 1 000 us each.
  CHECK(text.find("| hopcost | built in | 2000.0 | +50") != std::string::npos);
  CHECK(text.find("| other | other 2.3 | 3000.0 | +90") != std::string::npos);
  CHECK(text.find("| +40.0 [") != std::string::npos);
  CHECK(text.find("no difference to be seen: +0.0 [") != std::string::npos);
  CHECK(text.find("| 1000.0 | 5 |") != std::string::npos);
  CHECK(text.find("first token") == std::string::npos);  // nobody states it
  CHECK(text.find("CAREFUL") == std::string::npos);
}

TEST_CASE("a cross-check says what has no verdict, and what was measured elsewhere") {
  const auto ours = run_with("", {});
  auto other = run_with("o|ther", {});
  other.machine["cpu"] = "b";
  other.cells[0].state = State::no_verdict;
  other.cells[0].reasons = {"its generator was busy"};
  other.cells[0].checks.push_back({"generator_saturated", true, true, true, "busy"});
  const auto text = cross_check({ours, other});
  CHECK(text.find("CAREFUL: o\\|ther was measured elsewhere: ") != std::string::npos);
  CHECK(text.find("| no verdict |") != std::string::npos);
  CHECK(text.find("- o\\|ther: its generator was busy") != std::string::npos);
}

TEST_CASE("a cross-check shows what a tool does state, where its verdict lacks another figure") {
  const auto ours = run_with("", {});
  auto other = run_with("whole", {});
  other.cells[0].state = State::no_verdict;
  other.cells[0].reasons = {"ttft.p50 was not seen often enough in two restarts"};
  const auto text = cross_check({ours, other});
  CHECK(text.find("| whole | whole 2.3 | 2000.0 | +50") != std::string::npos);
  CHECK(text.find("- whole: ttft.p50 was not seen") != std::string::npos);
}
