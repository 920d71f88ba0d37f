#include "overhead/scaling/slope.hpp"

#include <nlohmann/json.hpp>

#include "overhead/output/scaling_text.hpp"
#include "tests/catch.hpp"
#include "tests/overhead/cells.hpp"

using namespace hopcost;
using namespace hopcost::overhead;

namespace {

/// A cell whose overhead is `added_us`, at this level.
Cell cell_at(const Level& level, double added_us) {
  test::CellShape shape;
  shape.mode = level.mode;
  shape.stack_ns = shape.baseline_ns + added_us * 1e3;
  Cell cell = test::healthy_cell(shape);
  cell.asked = level;
  cell.asked.concurrency = level.concurrency;
  cell.prompt_tokens = level.prompt_tokens > 0 ? level.prompt_tokens : 32;
  cell.scenario.output_tokens = level.output_tokens > 0 ? level.output_tokens : 16;
  cell.id = cell_id(cell.standup, level);
  for (auto& pass : cell.passes) {
    // The whole stream takes a microsecond more a chunk.
    if (level.mode == Mode::stream) {
      pass.quantities["e2e.p50"] = pass.quantities.at("ttft.p50") +
                                   (pass.through_stack ? 1e3 * cell.scenario.output_tokens : 0.0);
    }
  }
  conclude(cell);
  return cell;
}

}  // namespace

TEST_CASE("slopes: over concurrency and prompt length, each with the other alike") {
  std::vector<Cell> cells;
  for (const int concurrency : {1, 8, 32}) {
    for (const int prompt : {100, 1100}) {
      cells.push_back(cell_at({.concurrency = concurrency, .prompt_tokens = prompt},
                              50 + 2.0 * concurrency + 0.01 * prompt));
    }
  }
  const auto slopes = slopes_of(cells);
  REQUIRE(slopes.size() == 2 + 3);
  CHECK(slopes[0].per == "request under way");
  CHECK(slopes[0].levels == std::vector{1, 8, 32});
  CHECK(slopes[0].ns.value == Catch::Approx(2e3));
  CHECK(slopes[0].ns.low <= slopes[0].ns.value);
  CHECK(slopes[4].per == "prompt token");
  CHECK(slopes[4].ns.value == Catch::Approx(10));
  CHECK(slopes_text(slopes).find("+2.000 [") != std::string::npos);
  CHECK(slopes_json(slopes)[4]["levels"] == std::vector{100, 1100});
}

TEST_CASE("slopes: the end of a stream over its chunks, cells without a verdict do not count") {
  std::vector<Cell> cells;
  for (const int chunks : {16, 64, 256}) {
    cells.push_back(cell_at({.mode = Mode::stream, .output_tokens = chunks}, 50));
  }
  const auto slopes = slopes_of(cells);
  REQUIRE(slopes.size() == 1);
  CHECK(slopes[0].per == "chunk");
  CHECK(slopes[0].quantity == "e2e.p50");
  CHECK(slopes[0].ns.value == Catch::Approx(1e3));
  cells[0].state = cells[1].state = State::no_verdict;
  CHECK(slopes_of(cells).empty());
  CHECK(slopes_text({}).empty());
}
