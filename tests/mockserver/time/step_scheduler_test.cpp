#include "mockserver/time/step_scheduler.hpp"

#include <map>
#include <vector>

#include "tests/catch.hpp"

using namespace hopcost;
using namespace hopcost::mockserver;

namespace {

LoadModel engine(std::uint32_t max_running, std::uint32_t max_waiting = 1000) {
  LoadModel load;
  load.max_running = max_running;
  load.max_waiting = max_waiting;
  load.step = StepModel{10 * kMillisecond, 100 * kMicrosecond, 10 * kMicrosecond, 512};
  return load;
}

std::vector<Produced> finish(StepScheduler& scheduler) {
  std::vector<Produced> out;
  scheduler.finish_step(out);
  return out;
}

struct Throughput {
  double tokens_per_s = 0;
  double gap_ms = 0;   ///< mean time between two tokens of one answer
  double ttft_ms = 0;  ///< mean time from joining to the first token, after the start
};

/// `clients` that ask for 50 tokens after 20 of prompt, again and again, for 60 s of fake time.
Throughput closed_loop(std::uint32_t clients) {
  StepScheduler scheduler(engine(32));
  std::uint64_t next_id = 0;
  std::map<std::uint64_t, Nanos> joined;
  std::map<std::uint64_t, Nanos> latest;
  const auto join = [&](Nanos now) {
    joined[next_id] = now;
    REQUIRE(scheduler.add(next_id++, 20, 50, now));
  };
  for (std::uint32_t i = 0; i < clients; ++i) join(0);
  constexpr Nanos kEnd = 60 * kSecond;
  constexpr Nanos kWarm = 10 * kSecond;
  double tokens = 0;
  double gaps = 0;
  double gap_sum = 0;
  double firsts = 0;
  double first_sum = 0;
  std::vector<Produced> out;
  while (scheduler.step_end().value() < kEnd) {
    const Nanos now = *scheduler.step_end();
    out.clear();
    scheduler.finish_step(out);
    for (const auto& token : out) {
      if (now > kWarm) {
        ++tokens;
        if (token.token_index == 0) {
          ++firsts;
          first_sum += static_cast<double>(token.due - joined[token.id]);
        } else {
          ++gaps;
          gap_sum += static_cast<double>(token.due - latest[token.id]);
        }
      }
      latest[token.id] = token.due;
      if (token.last) {
        latest.erase(token.id);
        join(now);
      }
    }
  }
  return {tokens / 50, gap_sum / gaps / 1e6, first_sum / firsts / 1e6};
}

}  // namespace

TEST_CASE("a lone sequence gets its first token with its prompt, then one a step") {
  StepScheduler scheduler(engine(4));
  CHECK_FALSE(scheduler.step_end().has_value());
  REQUIRE(scheduler.add(7, 100, 3, 1000));
  CHECK(scheduler.step_end() == 1000 + 11 * kMillisecond);  // base + 100 prompt tokens
  const auto first = finish(scheduler);
  REQUIRE(first.size() == 1);
  CHECK(first[0].id == 7);
  CHECK(first[0].token_index == 0);
  CHECK(first[0].due == 1000 + 11 * kMillisecond);
  CHECK_FALSE(first[0].last);
  CHECK(scheduler.step_end() == first[0].due + 10'100 * kMicrosecond);
  CHECK(finish(scheduler).at(0).token_index == 1);
  const auto third = finish(scheduler);
  CHECK(third.at(0).last);
  CHECK(third.at(0).due == first[0].due + 2 * 10'100 * kMicrosecond);
  CHECK_FALSE(scheduler.step_end().has_value());
  CHECK(scheduler.running() == 0);
  CHECK(finish(scheduler).empty());
}

TEST_CASE("a long prompt takes several steps of the token budget, and others go on meanwhile") {
  StepScheduler scheduler(engine(4));
  REQUIRE(scheduler.add(1, 1, 100, 0));
  (void)finish(scheduler);
  REQUIRE(scheduler.add(2, 1200, 5, *scheduler.step_end() - 1));
  CHECK(finish(scheduler).size() == 1);  // the step under way was without it
  // One token of the 512 is the first sequence's: 511 + 511 + 178 of the prompt.
  const Nanos begin = *scheduler.step_end();
  CHECK(begin > 0);
  CHECK(finish(scheduler).size() == 1);
  CHECK(*scheduler.step_end() - begin == 10'100 * kMicrosecond + 511 * 10 * kMicrosecond);
  CHECK(finish(scheduler).size() == 1);
  CHECK(*scheduler.step_end() - begin ==
        2 * 10'100 * kMicrosecond + (511 + 178) * 10 * kMicrosecond);
  const auto both = finish(scheduler);
  REQUIRE(both.size() == 2);
  CHECK(both[1].id == 2);
  CHECK(both[1].token_index == 0);
}

TEST_CASE("beyond the batch sequences wait in order, then are refused") {
  StepScheduler scheduler(engine(2, 2));
  for (std::uint64_t id = 1; id <= 4; ++id) REQUIRE(scheduler.add(id, 1, id == 1 ? 1 : 5, 0));
  CHECK_FALSE(scheduler.add(4, 1, 1, 0));  // already there
  // The first step began with the first alone; of the others one has room in the next.
  CHECK(scheduler.running() == 1);
  CHECK(scheduler.waiting() == 3);
  CHECK_FALSE(scheduler.add(5, 1, 1, 0));
  CHECK(finish(scheduler).at(0).last);
  CHECK(scheduler.running() == 2);
  CHECK(scheduler.waiting() == 1);
  const auto tokens = finish(scheduler);
  REQUIRE(tokens.size() == 2);
  CHECK(tokens[0].id == 2);
  CHECK(tokens[1].id == 3);
  REQUIRE(scheduler.add(6, 1, 1, *scheduler.step_end()));
  CHECK_FALSE(scheduler.add(7, 1, 1, *scheduler.step_end()));
}

TEST_CASE("a client that leaves gets no more, and the one that waits takes its place") {
  StepScheduler scheduler(engine(1));
  REQUIRE(scheduler.add(1, 1, 50, 0));
  REQUIRE(scheduler.add(2, 1, 50, 0));
  REQUIRE(scheduler.add(3, 1, 50, 0));
  const auto end = scheduler.step_end();
  CHECK(scheduler.remove(1));
  CHECK(scheduler.remove(2));
  CHECK_FALSE(scheduler.remove(2));
  CHECK(scheduler.step_end() == end);
  CHECK(finish(scheduler).empty());
  const auto tokens = finish(scheduler);
  REQUIRE(tokens.size() == 1);
  CHECK(tokens[0].id == 3);
  CHECK(scheduler.remove(3));
  (void)finish(scheduler);
  CHECK_FALSE(scheduler.step_end().has_value());
  REQUIRE(scheduler.add(1, 1, 1, 5 * kSecond));  // an id that left may come again
  CHECK(*scheduler.step_end() > 5 * kSecond);
}

TEST_CASE("steps follow one another without drift however late they are finished") {
  StepScheduler scheduler(engine(4));
  REQUIRE(scheduler.add(1, 1, 1001, 0));
  const Nanos first = *scheduler.step_end();
  Nanos last = 0;
  for (int i = 0; i < 1001; ++i) last = finish(scheduler).at(0).due;
  CHECK(last == first + 1000 * 10'100 * kMicrosecond);
}

TEST_CASE("one that came after a step began, which was finished late, is not in that step") {
  StepScheduler scheduler(engine(4));
  REQUIRE(scheduler.add(1, 1, 3, 0));
  const Nanos late = *scheduler.step_end() + 5 * kMillisecond;
  REQUIRE(scheduler.add(2, 1, 1, late));
  CHECK(finish(scheduler).size() == 1);
  CHECK(finish(scheduler).size() == 1);  // began before 2 came
  const auto tokens = finish(scheduler);
  REQUIRE(tokens.size() == 2);
  CHECK(tokens[1].id == 2);
  CHECK(tokens[1].due > late + 10 * kMillisecond);

  REQUIRE(scheduler.add(3, 1, 1, late));
  const Nanos after_idle = *scheduler.step_end() + kSecond;
  REQUIRE(scheduler.add(4, 1, 1, after_idle));
  CHECK(finish(scheduler).at(0).id == 3);
  CHECK(scheduler.step_end() == after_idle + 10'010 * kMicrosecond);
}

TEST_CASE("a factor stretches the steps that begin after it was set") {
  StepScheduler scheduler(engine(4));
  REQUIRE(scheduler.add(1, 1, 3, 0));
  CHECK(scheduler.step_end() == 10'010 * kMicrosecond);
  scheduler.set_factor(2);
  CHECK(scheduler.step_end() == 10'010 * kMicrosecond);
  (void)finish(scheduler);
  CHECK(scheduler.step_end() == 10'010 * kMicrosecond + 2 * 10'100 * kMicrosecond);
}

TEST_CASE("the engine has a saturation knee at its batch size") {
  const auto one = closed_loop(1);
  const auto eight = closed_loop(8);
  const auto full = closed_loop(32);
  const auto double_full = closed_loop(64);
  const auto four_times = closed_loop(128);
  // Below the knee: nearly linear, for a step costs hardly more with more in it.
  CHECK(one.tokens_per_s == Catch::Approx(1e3 / 10.1).epsilon(0.02));
  CHECK(eight.tokens_per_s > 0.9 * 8 * one.tokens_per_s);
  CHECK(full.tokens_per_s > 0.7 * 32 * one.tokens_per_s);
  // At the knee: max_running tokens a step, and no more however many ask.
  const double step_s = 10e-3 + 32 * 100e-6;
  CHECK(full.tokens_per_s == Catch::Approx(32 / step_s).epsilon(0.05));
  CHECK(double_full.tokens_per_s == Catch::Approx(full.tokens_per_s).epsilon(0.02));
  CHECK(four_times.tokens_per_s == Catch::Approx(full.tokens_per_s).epsilon(0.02));
  // Past it the gaps stay, and the wait for the first token grows with the queue.
  CHECK(double_full.gap_ms == Catch::Approx(full.gap_ms).epsilon(0.05));
  CHECK(full.ttft_ms < 5 * one.ttft_ms);
  CHECK(double_full.ttft_ms > 10 * full.ttft_ms);
  CHECK(four_times.ttft_ms > 2.5 * double_full.ttft_ms);
}
