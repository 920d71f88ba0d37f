#include "mockserver/time/load.hpp"

#include <string>

#include "tests/mockserver/time/decoding.hpp"

using namespace hopcost;
using namespace hopcost::mockserver;
using namespace hopcost::mockserver::test;

namespace {

using Outcome = AdmissionQueue::Outcome;

LoadModel limits(std::uint32_t running, std::uint32_t waiting) {
  LoadModel load;
  load.max_running = running;
  load.max_waiting = waiting;
  return load;
}

LoadModel load_of(const std::string& text) {
  return decoded(text, [](const YamlNode& root) { return decode_load(root); });
}

std::string load_complaint(const std::string& text) {
  return complaint(text, [](const YamlNode& root) { return decode_load(root); });
}

}  // namespace

TEST_CASE("without a limit every request starts") {
  AdmissionQueue queue;
  for (std::uint64_t id = 0; id < 1000; ++id) {
    REQUIRE(queue.try_start(id).outcome == Outcome::started);
  }
  CHECK(queue.running() == 1000);
  CHECK_FALSE(queue.finish().has_value());
  CHECK(queue.running() == 999);
}

TEST_CASE("beyond the limit requests wait with a true position, then are refused") {
  AdmissionQueue queue(limits(2, 2));
  CHECK(queue.try_start(1).outcome == Outcome::started);
  CHECK(queue.try_start(2).outcome == Outcome::started);
  const auto third = queue.try_start(3);
  CHECK(third.outcome == Outcome::queued);
  CHECK(third.position == 1);
  CHECK(queue.try_start(4).position == 2);
  CHECK(queue.try_start(5).outcome == Outcome::refused);
  CHECK(queue.running() == 2);
  CHECK(queue.waiting() == 2);
  CHECK(queue.position(3) == 1);
  CHECK(queue.position(4) == 2);
  CHECK(queue.position(1) == 0);
  CHECK(queue.position(5) == 0);
}

TEST_CASE("who waits longest starts first, and one that left is passed over") {
  AdmissionQueue queue(limits(1, 10));
  for (std::uint64_t id = 1; id <= 5; ++id) (void)queue.try_start(id);
  CHECK(queue.cancel(3));
  CHECK_FALSE(queue.cancel(3));
  CHECK_FALSE(queue.cancel(1));  // runs
  CHECK(queue.position(4) == 2);
  CHECK(queue.finish() == 2U);
  CHECK(queue.finish() == 4U);
  CHECK(queue.finish() == 5U);
  CHECK(queue.running() == 1);
  CHECK_FALSE(queue.finish().has_value());
  CHECK(queue.running() == 0);
  CHECK_FALSE(queue.finish().has_value());
  CHECK(queue.running() == 0);
}

TEST_CASE("a queue with no room to wait refuses at once") {
  AdmissionQueue queue(limits(1, 0));
  CHECK(queue.try_start(1).outcome == Outcome::started);
  CHECK(queue.try_start(2).outcome == Outcome::refused);
  (void)queue.finish();
  CHECK(queue.try_start(3).outcome == Outcome::started);
}

TEST_CASE("new limits hold for who comes, and those that wait go first") {
  AdmissionQueue queue(limits(1, 10));
  for (std::uint64_t id = 1; id <= 4; ++id) (void)queue.try_start(id);
  queue.set_limits(limits(3, 10));
  CHECK(queue.try_start(5).outcome == Outcome::queued);
  CHECK(queue.start_next() == 2U);
  CHECK(queue.start_next() == 3U);
  CHECK_FALSE(queue.start_next().has_value());
  queue.set_limits(limits(1, 0));
  CHECK(queue.running() == 3);
  CHECK_FALSE(queue.finish().has_value());
  CHECK_FALSE(queue.finish().has_value());
  CHECK(queue.finish() == 4U);
  CHECK(queue.try_start(6).outcome == Outcome::refused);
}

TEST_CASE("delays grow linearly from one running request to the limit, and no further") {
  const auto load = load_of("{max_running: 11, slowdown: 3}");
  CHECK(slowdown_factor(load, 0) == 1);
  CHECK(slowdown_factor(load, 1) == 1);
  CHECK(slowdown_factor(load, 6) == Catch::Approx(2));
  CHECK(slowdown_factor(load, 11) == 3);
  CHECK(slowdown_factor(load, 1000) == 3);
  CHECK(slowdown_factor(LoadModel{}, 1000) == 1);
}

TEST_CASE("a load model is read as what it says, and its JSON is decoded to the same") {
  CHECK(load_of("{}") == LoadModel{});
  for (const char* text :
       {"{}", "{max_running: 64, max_waiting: 0, slowdown: 2.5}",
        "{max_running: 64, step: {base: 8ms, per_sequence: 50us, per_prefill_token: 20us,"
        " max_batch_tokens: 2048}}"}) {
    const auto load = load_of(text);
    CHECK(load_of(to_json(load).dump()) == load);
  }
  const auto load = load_of("{max_running: 64, step: {base: 8ms, per_prefill_token: 20us}}");
  REQUIRE(load.step.has_value());
  CHECK(load.step->base == 8 * kMillisecond);
  CHECK(load.step->per_sequence == 0);
  CHECK(load.step->per_prefill_token == 20 * kMicrosecond);
  CHECK(load.step->max_batch_tokens == 8192);
}

TEST_CASE("a bad load model is refused with file, line and field") {
  CHECK(load_complaint("max_running: -1\n") ==
        "s.yaml:1: max_running: must be from 0 to 65536, not -1");
  CHECK(load_complaint("max_running: 4\nslowdown: 0.5\n") ==
        "s.yaml:2: slowdown: must be from 1 to 1000");
  CHECK(load_complaint("slowdown: 2\n") ==
        "s.yaml:1: slowdown: needs a max_running of 2 or more, at which it is reached");
  CHECK(load_complaint("step: {base: 1ms}\n") ==
        "s.yaml:1: step: needs a max_running, the most sequences in a step");
  CHECK(load_complaint("max_running: 4\nslowdown: 2\nstep: {base: 1ms}\n") ==
        "s.yaml:3: step: slows down by itself: leave slowdown out");
  CHECK(load_complaint("max_running: 4\nstep: {per_prefill_token: 1ms}\n") ==
        "s.yaml:2: step: needs a 'base' or 'per_sequence' above 0");
  CHECK(load_complaint("max_running: 4\nstep:\n  base: 1ms\n  max_batch_tokens: 3\n") ==
        "s.yaml:4: step.max_batch_tokens: max_batch_tokens is 3, below max_running, 4: not every "
        "sequence would get its token");
  CHECK(load_complaint("max_running: 4\nstep:\n  base: 61s\n") ==
        "s.yaml:3: step.base: must be from 0 to 60s");
  CHECK(load_complaint("limit: 4\n") == "s.yaml:1: limit: unknown key");
}
