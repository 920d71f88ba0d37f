#include "overhead/checks/check.hpp"
#include "overhead/checks/delayed_ack.hpp"
#include "tests/catch.hpp"
#include "tests/overhead/cells.hpp"

using namespace hopcost;
using namespace hopcost::overhead;
using hopcost::loadgen::Failure;
using hopcost::test::checks_of;
using hopcost::test::healthy_cell;

namespace {

void spoil(Cell& cell, const std::string& arm, const std::function<void(PassRecord&)>& change) {
  for (auto& pass : cell.passes) {
    if (pass.arm == arm) change(pass);
  }
}

/// Exactly this check fires, and whether it takes the verdict away is as documented.
void only_fires(Cell& cell, const std::string& code, bool blocking) {
  const auto checks = checks_of(cell);
  for (const auto& [name, check] : checks) {
    INFO(name << ": " << check.evidence);
    CHECK(check.fired == (name == code));
  }
  REQUIRE(checks.contains(code));
  CHECK(checks.at(code).blocking == blocking);
  CHECK_FALSE(checks.at(code).evidence.empty());
  CHECK((cell.state == State::no_verdict) == blocking);
}

Cell stream_cell() {
  test::CellShape shape;
  shape.mode = Mode::stream;
  return healthy_cell(shape);
}

}  // namespace

TEST_CASE("no check fires on a healthy cell") {
  for (Cell cell : {healthy_cell(), stream_cell()}) {
    for (const auto& [name, check] : checks_of(cell)) {
      INFO(name << ": " << check.evidence);
      CHECK_FALSE(check.fired);
    }
    CHECK(cell.state == State::measured);
    CHECK(cell.reasons.empty());
  }
}

TEST_CASE("errors fires above one failure in a thousand, in any arm") {
  for (const char* arm : {kBaseline, kStack}) {
    Cell cell = healthy_cell();
    spoil(cell, arm, [](PassRecord& pass) {
      pass.counters.ok -= 1;
      pass.counters.stamped -= 1;
      pass.counters.failures[static_cast<std::size_t>(Failure::http_status)] = 1;
      pass.failure_samples[static_cast<std::size_t>(Failure::http_status)] = "HTTP 500";
    });
    only_fires(cell, "errors", true);
  }
}

TEST_CASE("stream_broken fires when stamps are lost on the way") {
  Cell cell = stream_cell();
  spoil(cell, kStack, [](PassRecord& pass) { pass.counters.stamped = 0; });
  only_fires(cell, "stream_broken", true);
}

TEST_CASE("stream_broken fires on broken streams, which are errors too") {
  Cell cell = stream_cell();
  spoil(cell, kStack, [](PassRecord& pass) {
    pass.counters.failures[static_cast<std::size_t>(Failure::broken_stream)] = 5;
    pass.failure_samples[static_cast<std::size_t>(Failure::broken_stream)] = "chunk 3 is missing";
    pass.counters.ok -= 5;
    pass.counters.stamped -= 5;
  });
  const auto checks = checks_of(cell);
  CHECK(checks.at("stream_broken").fired);
  CHECK(checks.at("stream_broken").evidence.find("chunk 3") != std::string::npos);
  CHECK(checks.at("errors").fired);
}

TEST_CASE("stream_coalesced fires when reads through the stack bring more events") {
  Cell cell = stream_cell();
  spoil(cell, kStack, [](PassRecord& pass) { pass.counters.timely_reads = 100; });
  only_fires(cell, "stream_coalesced", false);
}

TEST_CASE("connection_churn fires above one backend connection for ten requests") {
  Cell cell = healthy_cell();
  spoil(cell, kStack, [](PassRecord& pass) { pass.backend_connections = 110; });
  only_fires(cell, "connection_churn", false);
  CHECK(*cell.connections_per_request == Catch::Approx(1.0));
}

TEST_CASE("workers_mismatch fires when one replica runs other workers than asked") {
  Cell cell = healthy_cell();
  cell.workers = {true, 2, {2, 1}, "processes titled 'x'"};
  only_fires(cell, "workers_mismatch", true);
}

TEST_CASE("a knob that cannot be seen is not verifiable, never a mismatch") {
  Cell cell = healthy_cell();
  cell.workers = {false, 2, {}, ""};
  const auto checks = checks_of(cell);
  CHECK_FALSE(checks.at("workers_mismatch").checked);
  CHECK_FALSE(checks.at("workers_mismatch").fired);
  CHECK(cell.state == State::measured);
}

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
  test::CellShape shape;
  shape.stack_ns = 1.9e6;
  Cell cell = healthy_cell(shape);
  only_fires(cell, "negative_overhead", true);
}

TEST_CASE("one build of a stack may be faster than another") {
  test::CellShape shape;
  shape.stack_ns = 1.9e6;
  Cell cell = test::compared_builds(shape);
  const auto checks = test::checks_of(cell);
  CHECK_FALSE(checks.at("negative_overhead").checked);
  CHECK(cell.overheads.at("e2e.p50").difference.high < 0);
  CHECK(cell.state == State::measured);
}

TEST_CASE("retried fires when the backend saw more requests than were sent") {
  Cell cell = healthy_cell();
  spoil(cell, kStack, [](PassRecord& pass) { pass.backend_requests = 120; });
  only_fires(cell, "retried", true);
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

TEST_CASE("stream_broken: stamps that the backend sets and the stack loses") {
  auto cell = healthy_cell();
  for (auto& pass : cell.passes) {
    if (pass.through_stack) pass.counters.stamped = 0;
  }
  CHECK(checks_of(cell).at("stream_broken").fired);
}

TEST_CASE("worker_imbalance fires when one worker does what all should share") {
  Cell cell = healthy_cell();
  cell.standup.workers = 4;
  cell.asked.concurrency = 8;
  cell.workers.asked = 4;
  cell.workers.seen = {4};
  const auto threads = [&](std::vector<Nanos> used) {
    spoil(cell, kStack, [&](PassRecord& pass) { pass.busiest_threads_ns = used; });
  };
  threads({40, 35, 30, 30, 5});
  CHECK_FALSE(test::checks_of(cell).at("worker_imbalance").fired);
  threads({100, 10, 10, 10, 5});
  only_fires(cell, "worker_imbalance", false);
  cell.asked.concurrency = 4;  // one request a worker: who has none is idle by right
  CHECK_FALSE(test::checks_of(cell).at("worker_imbalance").checked);
}

TEST_CASE("at the ceiling saturation is no fault") {
  Cell cell = healthy_cell();
  cell.asked.load = Load::ceiling;
  for (auto& pass : cell.passes) {
    pass.generator_busy_share = 0.99;
    pass.quantities["requests_per_s"] = 19'999;
  }
  const auto checks = test::checks_of(cell);
  CHECK_FALSE(checks.at("generator_saturated").checked);
  CHECK_FALSE(checks.at("backend_saturated").checked);
  CHECK(cell.state == State::measured);
}

TEST_CASE("tail_in_bursts fires when some rounds of the stack have a far worse p99") {
  Cell cell = healthy_cell();
  for (auto& pass : cell.passes) {
    pass.quantities["e2e.p99"] = pass.quantities.at("e2e.p50") + 300e3;
  }
  CHECK_FALSE(test::checks_of(cell).at("tail_in_bursts").fired);
  const auto stall = [&](const char* arm, int restarts) {
    for (auto& pass : cell.passes) {
      if (pass.arm == arm && pass.round == 0 && pass.restart < restarts) {
        pass.quantities["e2e.p99"] += 5e6;
      }
    }
  };
  stall(kStack, 1);
  CHECK_FALSE(test::checks_of(cell).at("tail_in_bursts").fired);  // once is chance
  stall(kStack, 3);
  only_fires(cell, "tail_in_bursts", false);
  stall(kBaseline, 3);
  CHECK_FALSE(test::checks_of(cell).at("tail_in_bursts").fired);  // it is the machine that stalls
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

TEST_CASE("delayed_ack fires where a client that acknowledges at once takes the delay away") {
  const auto slow = [](double added_ns) {
    test::CellShape shape;
    shape.stack_ns = shape.baseline_ns + added_ns;
    Cell cell = healthy_cell(shape);
    for (auto& pass : cell.passes) pass.measured_ns = kSecond;
    return cell;
  };
  Cell late = slow(42e6);
  CHECK(delayed_ack_suspected(late));
  CHECK_FALSE(checks_of(late).at("delayed_ack").checked);  // no probe yet
  late.acknowledged_ns = 41e6;                             // it is the stack that is slow
  CHECK_FALSE(checks_of(late).at("delayed_ack").fired);
  late.acknowledged_ns = 3e6;
  only_fires(late, "delayed_ack", false);
  CHECK_FALSE(delayed_ack_suspected(slow(30e6)));
  CHECK_FALSE(delayed_ack_suspected(slow(80e6)));
  Cell busy = slow(42e6);
  spoil(busy, kStack, [](PassRecord& pass) { pass.stack_cpu_ns = 700 * kMillisecond; });
  CHECK_FALSE(delayed_ack_suspected(busy));
}
