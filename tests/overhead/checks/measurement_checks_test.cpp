// What takes a measurement its worth: provoked, each by its own.

#include "tests/overhead/checks/spoiled.hpp"

using namespace hopcost;
using namespace hopcost::overhead;
using namespace hopcost::test;

TEST_CASE("backend_saturated fires above half the ceiling, and when pacing is late") {
  Cell loaded = healthy_cell();
  loaded.ceiling.requests_per_s = 800;  // the load is 450
  only_fires(loaded, "backend_saturated", true);
  Cell late = healthy_cell();
  spoil(late, kBaseline, [](PassRecord& pass) { pass.backend_lateness_p50_ns = 300e3; });
  spoil(late, kBaseline2, [](PassRecord& pass) { pass.backend_lateness_p50_ns = 300e3; });
  only_fires(late, "backend_saturated", true);
}

TEST_CASE("generator_saturated fires when the generator's thread is busy") {
  Cell cell = healthy_cell();
  for (auto& pass : cell.passes) pass.generator_busy_share = 0.9;
  only_fires(cell, "generator_saturated", true);
}

TEST_CASE("negative_overhead fires when the stack looks faster than its backend") {
  CellShape shape;
  shape.stack_ns = 1.9e6;
  Cell cell = healthy_cell(shape);
  only_fires(cell, "negative_overhead", true);
}

TEST_CASE("one build of a stack may be faster than another") {
  CellShape shape;
  shape.stack_ns = 1.9e6;
  Cell cell = compared_builds(shape);
  const auto checks = checks_of(cell);
  CHECK_FALSE(checks.at("negative_overhead").checked);
  CHECK(cell.overheads.at("e2e.p50").difference.high < 0);
  CHECK(cell.state == State::measured);
}

TEST_CASE("restarts_disagree fires when restarts fall in two groups") {
  Cell cell = healthy_cell();
  spoil(cell, kStack, [](PassRecord& pass) {
    if (pass.restart >= 3) pass.quantities["e2e.p50"] += 400e3;
  });
  const auto checks = checks_of(cell);
  CHECK(checks.at("restarts_disagree").fired);
  CHECK_FALSE(checks.at("restarts_disagree").blocking);
}

TEST_CASE("shared_cores says so and blocks nothing") {
  Cell cell = healthy_cell();
  cell.placement.disjoint = false;
  cell.placement.note = "backend and stack share 1";
  only_fires(cell, "shared_cores", false);
}

TEST_CASE("other_load fires when more than a tenth of the passes are polluted") {
  Cell cell = healthy_cell();
  int count = 0;
  for (auto& pass : cell.passes) pass.polluted = ++count <= 3;
  CHECK_FALSE(checks_of(cell).at("other_load").fired);  // 3 of 30
  Cell worse = healthy_cell();
  count = 0;
  for (auto& pass : worse.passes) pass.polluted = ++count <= 4;
  only_fires(worse, "other_load", true);
}

TEST_CASE("checks that need what cannot be seen say that they were not made, and block nothing") {
  auto cell = healthy_cell();
  for (auto& pass : cell.passes) {
    pass.sees_backend = pass.knows_others = false;
    pass.backend_requests = pass.backend_connections = 0;
    pass.counters.stamped = 0;
    pass.stack_cpu_ns = 0;
    pass.quantities.erase(kCpuPerRequest);
  }
  cell.ceiling = {};
  cell.workers = {};
  auto checks = checks_of(cell);
  for (const auto* code : {"retried", "other_load", "stream_broken", "backend_saturated",
                           "connection_churn", "workers_mismatch"}) {
    INFO(code);
    CHECK_FALSE(checks.at(code).checked);
    CHECK_FALSE(checks.at(code).fired);
  }
  CHECK(cell.state == State::measured);
  CHECK_FALSE(cell.cpu_per_request_ns);
}

TEST_CASE("at the ceiling saturation is no fault") {
  Cell cell = healthy_cell();
  cell.asked.load = Load::ceiling;
  for (auto& pass : cell.passes) {
    pass.generator_busy_share = 0.99;
    pass.quantities["requests_per_s"] = 19'999;
  }
  const auto checks = checks_of(cell);
  CHECK_FALSE(checks.at("generator_saturated").checked);
  CHECK_FALSE(checks.at("backend_saturated").checked);
  CHECK(cell.state == State::measured);
}

TEST_CASE("rate_missed fires when an open loop could not send what was due") {
  Cell cell = healthy_cell();
  CHECK_FALSE(checks_of(cell).at("rate_missed").checked);  // a closed loop has no rate
  cell.asked.rate_per_s = 450;
  spoil(cell, kStack, [](PassRecord& pass) { pass.counters.unsent = 1; });
  CHECK_FALSE(checks_of(cell).at("rate_missed").fired);
  spoil(cell, kStack, [](PassRecord& pass) { pass.counters.unsent = 2; });
  only_fires(cell, "rate_missed", true);
}

TEST_CASE("little fires when the rate needs more requests under way than there may be") {
  Cell cell = healthy_cell();
  cell.asked.rate_per_s = 450;
  cell.asked.concurrency = 1;
  cell.alone_ns = 2.05e6;
  CHECK_FALSE(checks_of(cell).at("little").fired);
  cell.alone_ns = 2.5e6;
  only_fires(cell, "little", true);
  cell.passes.clear();  // as it is: found before the start
  conclude(cell);
  REQUIRE(cell.reasons.size() == 1);
  CHECK(cell.reasons[0].starts_with("little"));
}
