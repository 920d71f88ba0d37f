// What a stack does: provoked, each by its own.

#include "overhead/checks/delayed_ack.hpp"
#include "tests/overhead/checks/spoiled.hpp"

using namespace hopcost;
using namespace hopcost::overhead;
using namespace hopcost::test;
using hopcost::loadgen::Failure;

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

TEST_CASE("retried fires when the backend saw more requests than were sent") {
  Cell cell = healthy_cell();
  spoil(cell, kStack, [](PassRecord& pass) { pass.backend_requests = 120; });
  only_fires(cell, "retried", true);
}

TEST_CASE("deferred_work fires when a stack works on after its last reply") {
  Cell cell = healthy_cell();
  spoil(cell, kStack, [](PassRecord& pass) {
    pass.deferred_cpu_ns = pass.stack_cpu_ns / 10;
    pass.drain_ns = 600 * kMillisecond;
  });
  only_fires(cell, "deferred_work", false);

  Cell housekeeping = healthy_cell();  // what it does now and then anyway, with little else to do
  spoil(housekeeping, kStack, [](PassRecord& pass) {
    pass.deferred_cpu_ns = pass.stack_cpu_ns / 10;
    pass.drain_ns = 50 * kMillisecond;
  });
  CHECK_FALSE(checks_of(housekeeping).at("deferred_work").fired);

  Cell unseen = healthy_cell();
  spoil(unseen, kStack, [](PassRecord& pass) { pass.deferred_cpu_ns.reset(); });
  CHECK_FALSE(checks_of(unseen).at("deferred_work").checked);
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
  CHECK_FALSE(checks_of(cell).at("worker_imbalance").fired);
  threads({100, 10, 10, 10, 5});
  only_fires(cell, "worker_imbalance", false);
  cell.asked.concurrency = 4;  // one request a worker: who has none is idle by right
  CHECK_FALSE(checks_of(cell).at("worker_imbalance").checked);
}

TEST_CASE("tail_in_bursts fires when some rounds of the stack have a far worse p99") {
  Cell cell = healthy_cell();
  for (auto& pass : cell.passes) {
    pass.quantities["e2e.p99"] = pass.quantities.at("e2e.p50") + 300e3;
  }
  CHECK_FALSE(checks_of(cell).at("tail_in_bursts").fired);
  const auto stall = [&](const char* arm, int restarts) {
    for (auto& pass : cell.passes) {
      if (pass.arm == arm && pass.round == 0 && pass.restart < restarts) {
        pass.quantities["e2e.p99"] += 5e6;
      }
    }
  };
  stall(kStack, 1);
  CHECK_FALSE(checks_of(cell).at("tail_in_bursts").fired);  // once is chance
  stall(kStack, 3);
  only_fires(cell, "tail_in_bursts", false);
  stall(kBaseline, 3);
  CHECK_FALSE(checks_of(cell).at("tail_in_bursts").fired);  // it is the machine that stalls
}

TEST_CASE("delayed_ack fires where a client that acknowledges at once takes the delay away") {
  const auto slow = [](double added_ns) {
    CellShape shape;
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
