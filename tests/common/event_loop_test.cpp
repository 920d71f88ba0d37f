#include "common/event_loop.hpp"

#include <array>
#include <future>
#include <memory>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include "tests/catch.hpp"

using hopcost::Deadline;
using hopcost::Descriptor;
using hopcost::EventLoop;
using hopcost::kMillisecond;
using hopcost::kSecond;
using hopcost::Nanos;
using hopcost::now_ns;

namespace {

struct Pair {
  Descriptor ours;
  Descriptor theirs;
};

Pair socket_pair() {
  std::array<int, 2> fds{};
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds.data()) == 0);
  return {Descriptor(fds[0]), Descriptor(fds[1])};
}

void send_byte(const Descriptor& to) {
  REQUIRE(::write(to.get(), "x", 1) == 1);
}

/// Counts what it is told, and does what the test asks.
class Probe final : public EventLoop::Watch {
 public:
  void on_ready(std::uint32_t events) override {
    if ((events & EPOLLIN) == 0) return;  // a new socket can be written to: no news
    ++told;
    if (when_told) when_told();
  }
  void on_turn() override {
    ++turns;
    if (when_turn) when_turn();
  }

  int told = 0;
  int turns = 0;
  std::function<void()> when_told;
  std::function<void()> when_turn;
};

}  // namespace

TEST_CASE("a task posted from another thread runs on the loop's") {
  EventLoop loop;
  std::promise<std::thread::id> ran_on;
  std::thread thread([&] { loop.run(); });
  const auto id = thread.get_id();
  loop.post([&] { ran_on.set_value(std::this_thread::get_id()); });
  CHECK(ran_on.get_future().get() == id);
  loop.stop();
  thread.join();
}

TEST_CASE("what was posted before the stop is done, also what that posts") {
  EventLoop loop;
  int done = 0;
  loop.post([&] {
    ++done;
    loop.post([&] { ++done; });
  });
  loop.stop();
  loop.run();
  CHECK(done == 2);
}

TEST_CASE("a socket is told of once for each time that bytes come") {
  EventLoop loop;
  auto pair = socket_pair();
  Probe probe;
  REQUIRE(loop.watch(pair.ours.get(), probe));
  send_byte(pair.theirs);
  probe.when_told = [&] {
    if (probe.told == 2) loop.stop();
    // Not read: only another byte is news.
    if (probe.told == 1) loop.post([&] { send_byte(pair.theirs); });
  };
  loop.run();
  CHECK(probe.told == 2);
}

TEST_CASE("the end of the peer is told of, also after bytes that nobody has read") {
  EventLoop loop;
  auto pair = socket_pair();
  struct Ending final : EventLoop::Watch {
    explicit Ending(EventLoop& l) : loop(l) {}
    void on_ready(std::uint32_t events) override {
      if ((events & EPOLLRDHUP) != 0) loop.stop();
    }
    void on_turn() override {}
    EventLoop& loop;
  } ending(loop);
  REQUIRE(loop.watch(pair.ours.get(), ending));
  send_byte(pair.theirs);
  pair.theirs.close();
  loop.run();  // ends, or the test does not
}

TEST_CASE("a socket forgotten while another's event is dealt out hears nothing more") {
  EventLoop loop;
  std::vector<Pair> pairs;
  std::array<std::unique_ptr<Probe>, 2> probes{std::make_unique<Probe>(),
                                               std::make_unique<Probe>()};
  int told = 0;
  for (std::size_t i = 0; i < 2; ++i) {
    pairs.push_back(socket_pair());
    REQUIRE(loop.watch(pairs[i].ours.get(), *probes[i]));
    send_byte(pairs[i].theirs);
    probes[i]->when_told = [&, i] {
      ++told;
      const std::size_t other = 1 - i;
      loop.forget(*probes[other]);
      pairs[other].ours.close();
      probes[other].reset();  // a call on it would be one on freed memory
      loop.post([&] { loop.stop(); });
    };
  }
  loop.run();
  CHECK(told == 1);
}

TEST_CASE("turns come once for each time they are asked for, and none after being forgotten") {
  EventLoop loop;
  Probe first;
  Probe second;
  first.when_turn = [&] {
    if (first.turns < 3) loop.take_turn(first);
    if (first.turns == 1) loop.forget(second);
    if (first.turns == 3) loop.stop();
  };
  loop.take_turn(first);
  loop.take_turn(first);
  loop.take_turn(second);
  loop.run();
  CHECK(first.turns == 3);
  CHECK(second.turns == 0);
}

TEST_CASE("deadlines are met in their order and never early, near and far ones") {
  EventLoop loop;
  std::vector<int> met;
  bool early = false;
  const Nanos start = now_ns();
  std::vector<std::unique_ptr<Deadline>> all;
  // Some nearer than the loop looks, some farther, some past.
  const std::array<Nanos, 6> after{-kMillisecond,    EventLoop::kLook / 2,   EventLoop::kLook * 2,
                                   3 * kMillisecond, 3 * kMillisecond + 500, 20 * kMillisecond};
  for (std::size_t i = after.size(); i-- > 0;) {
    all.push_back(std::make_unique<Deadline>(loop.deadlines(), [&, i] {
      early = early || now_ns() < start + after[i];
      met.push_back(static_cast<int>(i));
      if (i + 1 == after.size()) loop.stop();
    }));
    all.back()->set(start + after[i]);
  }
  loop.run();
  CHECK_FALSE(early);
  CHECK(met == std::vector{0, 1, 2, 3, 4, 5});
}

TEST_CASE("a loop does not sleep for what is near, and wakes up early for what is far") {
  using hopcost::kSecond;
  constexpr Nanos kNow = 1'000 * kSecond;
  const auto asleep = [](Nanos wait) { return EventLoop::sleep_until(kNow, kNow + wait) - kNow; };
  CHECK(asleep(-kMillisecond) <= 0);
  CHECK(asleep(0) <= 0);
  CHECK(asleep(EventLoop::kLook) <= 0);
  CHECK(asleep(20 * kMillisecond) == 20 * kMillisecond - EventLoop::kEarly);
  for (Nanos wait = EventLoop::kLook + 1; wait < kSecond; wait *= 2) {
    const Nanos looks = wait - asleep(wait);
    CHECK(looks <= EventLoop::kEarly);
    CHECK(looks <= wait / 10);
  }
}

TEST_CASE("sockets are looked at while deadlines are always due") {
  EventLoop loop;
  auto pair = socket_pair();
  Probe probe;
  REQUIRE(loop.watch(pair.ours.get(), probe));
  probe.when_told = [&] { loop.stop(); };
  std::unique_ptr<Deadline> always;
  always = std::make_unique<Deadline>(loop.deadlines(), [&] { always->set(now_ns()); });
  always->set(now_ns());
  send_byte(pair.theirs);
  loop.run();  // ends, or the test does not
  CHECK(probe.told == 1);
}

TEST_CASE("a loop that sleeps wakes for a deadline that was set from a posted task") {
  EventLoop loop;
  Deadline far(loop.deadlines(), [] { FAIL("an hour has not passed"); });
  far.set(now_ns() + 3'600 * hopcost::kSecond);
  Deadline near(loop.deadlines(), [&] { loop.stop(); });
  std::thread poster([&] { loop.post([&] { near.set(now_ns() + kMillisecond); }); });
  loop.run();
  poster.join();
}

TEST_CASE("a caller with a loop of its own gets what is ready, no more than it wants at once") {
  EventLoop loop;
  std::array pairs{socket_pair(), socket_pair(), socket_pair()};
  std::array<Probe, 3> probes;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    REQUIRE(loop.watch(pairs[i].ours.get(), probes[i]));
  }
  while (loop.look(8) > 0) continue;  // that they can be written to
  for (const auto& pair : pairs) send_byte(pair.theirs);
  const auto told = [&] { return probes[0].told + probes[1].told + probes[2].told; };
  CHECK(loop.look(2) == 2);
  CHECK(told() == 2);
  CHECK(loop.look(2) == 1);
  CHECK(told() == 3);
  CHECK(loop.look(2) == 0);
}

TEST_CASE("a caller with a loop of its own sleeps until a time, also one that has passed") {
  EventLoop loop;
  const Nanos soon = now_ns() + 3 * kMillisecond;
  while (now_ns() < soon) CHECK(loop.look(8, soon) == 0);
  CHECK(loop.look(8, soon) == 0);  // returns, or the test does not end
  const Nanos later = now_ns() + kMillisecond;
  while (now_ns() < later) CHECK(loop.look(8, later) == 0);
}

TEST_CASE("a caller with a loop of its own is woken by a socket before its time") {
  EventLoop loop;
  auto pair = socket_pair();
  Probe probe;
  REQUIRE(loop.watch(pair.ours.get(), probe));
  while (loop.look(8) > 0) continue;
  const std::jthread sender([&] { send_byte(pair.theirs); });
  const Nanos never = now_ns() + 3'600 * kSecond;
  while (probe.told == 0) loop.look(8, never);
  CHECK(probe.told == 1);
}
