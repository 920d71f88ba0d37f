#include "overhead/gate/budget.hpp"

#include "common/folders.hpp"
#include "tests/catch.hpp"

using namespace hopcost;
using namespace hopcost::overhead;

TEST_CASE("budgets: times, shares, rates and costs, each for the cells it names") {
  const auto budgets = parse_budgets(
      "confidence: 0.9\n"
      "budgets:\n"
      "  - {cells: \"nginx-*\", quantity: e2e.p50, at_most: 500us}\n"
      "  - {quantity: ttft.p99, at_most: 12.5%}\n"
      "  - {quantity: requests_per_s, loses_at_most: 5%}\n"
      "  - {quantity: cpu_per_request, at_most: 200us}\n"
      "  - {at_most: 1ms}\n",
      "b.yaml");
  REQUIRE(budgets);
  CHECK(budgets->confidence == 0.9);
  const auto& list = budgets->list;
  REQUIRE(list.size() == 5);
  CHECK(list[0].cells == "nginx-*");
  CHECK(list[0].kind == Budget::Kind::added);
  CHECK(list[0].bound == 500e3);
  CHECK(list[1].kind == Budget::Kind::relative);
  CHECK(list[1].bound == 0.125);
  CHECK(list[1].cells == "*");
  CHECK(list[2].kind == Budget::Kind::lost);
  CHECK(list[2].bound == 0.05);
  CHECK(list[3].kind == Budget::Kind::cost);
  CHECK(list[4].quantity == "headline");
}

TEST_CASE("budgets: what is wrong is named with file, line and field") {
  const auto complaint = [](const std::string& text) {
    const auto budgets = parse_budgets(text, "b.yaml");
    REQUIRE_FALSE(budgets);
    return budgets.error().to_string();
  };
  const auto says = [&](const std::string& text, const std::string& what) {
    CAPTURE(text, complaint(text));
    CHECK(complaint(text).find(what) != std::string::npos);
  };
  says("budgets: []\n", "b.yaml:1: budgets: must not be empty");
  says("budgets:\n  - {quantity: e2e.p50}\n", "b.yaml:2: budgets[0]: needs one of at_most");
  says("budgets:\n  - {at_most: 1ms, loses_at_most: 1%}\n",
       "needs one of at_most, loses_at_most and grows_at_most");
  says("budgets:\n  - {quantity: requests_per_s, at_most: 1ms}\n", "a rate needs loses_at_most");
  says("budgets:\n  - {quantity: e2e.p50, loses_at_most: 1%}\n", "is for rates");
  says("budgets:\n  - {at_most: x%}\n", "b.yaml:2: budgets[0].at_most: must be such as 10%");
  says("budgets:\n  - {grows_at_most: 5%}\n", "b.yaml:2: budgets[0].grows_at_most: must be a time");
  says("budgets:\n  - {quantity: requests_per_s, grows_at_most: 1ms}\n", "needs loses_at_most");
  says("budgets:\n  - {at_most: fast}\n", "budgets[0].at_most");
  says("budgets:\n  - {at_most: 1ms, cell: x}\n", "budgets[0].cell");
  says("confidence: 95\nbudgets:\n  - {at_most: 1ms}\n", "must be from 0.5 to below 1");
}

TEST_CASE("the budget files of the project can be read") {
  const auto folder = configs_folder("stacks");
  REQUIRE(folder);
  for (const auto* name : {"ci.yaml", "growth.yaml"}) {
    const auto budgets = load_budgets(*folder / "budgets" / name);
    INFO(name << ": " << (budgets ? "" : budgets.error().to_string()));
    CHECK(budgets);
  }
}
