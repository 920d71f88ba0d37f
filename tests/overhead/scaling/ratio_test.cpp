#include "overhead/scaling/ratio.hpp"

#include <nlohmann/json.hpp>

#include "overhead/output/scaling_text.hpp"
#include "tests/catch.hpp"
#include "tests/overhead/cells.hpp"

using namespace hopcost;
using namespace hopcost::overhead;

namespace {

/// `added_us` to the first token with so many instances before so many backends.
Cell combination(int replicas, int backends, double added_us) {
  test::CellShape shape;
  shape.mode = Mode::stream;
  shape.stack_ns = shape.baseline_ns + added_us * 1e3;
  Cell cell = test::healthy_cell(shape);
  cell.standup.replicas = replicas;
  cell.standup.backends = backends;
  cell.id = cell_id(cell.standup, cell.asked);
  conclude(cell);
  return cell;
}

}  // namespace

TEST_CASE("the fewest instances a backend that are within the noise floor of the best") {
  // The noise floor of these cells is about 0.4 us.
  const auto ratios = replica_ratios({combination(1, 4, 90), combination(2, 4, 50.1),
                                      combination(4, 4, 50), combination(4, 1, 50.2)});
  REQUIRE(ratios.size() == 1);
  const auto& found = ratios[0];
  REQUIRE(found.points.size() == 4);
  CHECK(found.points[found.best].cell == "made-up-w1-r4-b4-c1-stream");
  CHECK(found.points[found.enough].cell == "made-up-w1-r2-b4-c1-stream");
  CHECK(found.noise_floor_ns > 0);
  INFO(ratios_text(ratios));
  CHECK(ratios_text(ratios).find("): 2 to 4, ") != std::string::npos);
  CHECK(ratios_json(ratios)[0]["enough"] == "made-up-w1-r2-b4-c1-stream");
}

TEST_CASE("one ratio alone, and cells without a verdict, say nothing") {
  CHECK(replica_ratios({combination(1, 1, 50), combination(2, 2, 40)}).empty());
  auto broken = combination(1, 4, 50);
  broken.state = State::no_verdict;
  CHECK(replica_ratios({broken, combination(2, 2, 40)}).empty());
}

TEST_CASE("other loads are not mixed") {
  auto other = combination(2, 1, 10);
  other.asked.concurrency = 8;
  CHECK(replica_ratios({combination(1, 1, 50), other}).empty());
}
