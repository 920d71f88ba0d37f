#include "overhead/estimate/cell.hpp"

#include "tests/catch.hpp"
#include "tests/overhead/cells.hpp"

using namespace hopcost::overhead;
using hopcost::test::healthy_cell;

namespace {

PassRecord pass(const char* arm, int restart, int round, double value) {
  PassRecord record;
  record.arm = arm;
  record.restart = restart;
  record.round = round;
  record.quantities["e2e.p50"] = value;
  return record;
}

}  // namespace

TEST_CASE("a restart's value is the median of its rounds' differences") {
  const std::vector<PassRecord> passes{
      pass(kBaseline, 0, 0, 100), pass(kStack, 0, 0, 150),   // 50
      pass(kBaseline, 0, 1, 200), pass(kStack, 0, 1, 240),   // 40
      pass(kBaseline, 0, 2, 100), pass(kStack, 0, 2, 9000),  // a stall
      pass(kBaseline, 1, 0, 100), pass(kStack, 1, 0, 160),   // 60
  };
  const auto values = restart_differences(passes, kStack, kBaseline, "e2e.p50");
  REQUIRE(values);
  CHECK(*values == std::vector<double>{50, 60});
}

TEST_CASE("a restart without the quantity makes no estimate at all") {
  const std::vector<PassRecord> passes{pass(kBaseline, 0, 0, 100), pass(kStack, 0, 0, 150),
                                       pass(kBaseline, 1, 0, 100)};
  CHECK_FALSE(restart_differences(passes, kStack, kBaseline, "e2e.p50"));
  CHECK(restart_differences({}, kStack, kBaseline, "e2e.p50")->empty());
}

TEST_CASE("a concluded cell has overhead, noise floor and costs") {
  Cell cell = healthy_cell();
  conclude(cell);
  const auto& overhead = cell.overheads.at("e2e.p50");
  CHECK(overhead.difference.value == Catch::Approx(50e3).margin(600));
  CHECK(overhead.resolved());
  REQUIRE(overhead.null);
  CHECK(overhead.noise_floor() > 0);
  CHECK(overhead.noise_floor() < 1000);
  REQUIRE(cell.cpu_per_request_ns);
  CHECK(cell.cpu_per_request_ns->value == Catch::Approx(60'000));
  CHECK_FALSE(cell.cpu_per_chunk_ns);
  CHECK(cell.state == State::measured);
}

TEST_CASE("an overhead whose interval holds zero is below resolution, not zero") {
  hopcost::test::CellShape shape;
  shape.stack_ns = shape.baseline_ns - 300;
  Cell cell = healthy_cell(shape);
  conclude(cell);
  CHECK(cell.state == State::below_resolution);
  const auto& overhead = cell.overheads.at("e2e.p50");
  CHECK(overhead.resolution() >= overhead.difference.high);
  CHECK(overhead.resolution() >= overhead.noise_floor());
}

TEST_CASE("a cell that was never measured has no verdict and says why") {
  Cell cell;
  conclude(cell);
  CHECK(cell.state == State::no_verdict);
  CHECK_FALSE(cell.reasons.empty());
}
