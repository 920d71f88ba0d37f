#include "mockserver/time/timing.hpp"

#include <cmath>
#include <vector>

#include "tests/mockserver/time/decoding.hpp"

using namespace hopcost;
using namespace hopcost::mockserver;
using namespace hopcost::mockserver::test;

namespace {

Timing timing_of(const std::string& text, Timing base = {}) {
  return decoded(text, [&](const YamlNode& root) {
    Timing timing = base;
    auto fields = root.fields();
    decode_fields(fields, timing);
    fields.finish();
    return timing;
  });
}

std::string timing_complaint(const std::string& text) {
  return complaint(text, [](const YamlNode& root) {
    Timing timing;
    auto fields = root.fields();
    decode_fields(fields, timing);
    fields.finish();
    return timing;
  });
}

constexpr Nanos kReceived = 5'000'000'000'000;

std::vector<Nanos> deadlines(Pace pace, int count) {
  std::vector<Nanos> list;
  for (int i = 0; i < count; ++i) {
    list.push_back(pace.due());
    pace.advance();
  }
  return list;
}

}  // namespace

TEST_CASE("constant timing is due at exact multiples, without drift") {
  const auto timing = timing_of("{ttft: 50ms, itl: 20000001ns}");
  Pace pace(timing, kReceived, 0, 0, 1, Random(1));
  CHECK(pace.asked());
  for (Nanos i = 0; i < 100'000; ++i) {
    REQUIRE(pace.due() == kReceived + 50 * kMillisecond + i * 20'000'001);
    pace.advance();
  }
}

TEST_CASE("random gaps are the sum of whole nanoseconds drawn, and have their mean") {
  const auto timing = timing_of("{ttft: 1ms, itl: {distribution: gamma, mean: 20ms, cv: 0.5}}");
  const auto list = deadlines(Pace(timing, kReceived, 0, 0, 1, Random(3)), 10'001);
  CHECK(list.front() == kReceived + kMillisecond);
  for (std::size_t i = 1; i < list.size(); ++i) REQUIRE(list[i] >= list[i - 1]);
  const double mean = static_cast<double>(list.back() - list.front()) / 10'000;
  CHECK(std::abs(mean - 20e6) < 5 * 10e6 / 100);
  CHECK(deadlines(Pace(timing, kReceived, 0, 0, 1, Random(3)), 100) ==
        deadlines(Pace(timing, kReceived, 0, 0, 1, Random(3)), 100));
  CHECK(deadlines(Pace(timing, kReceived, 0, 0, 1, Random(3)), 100) !=
        deadlines(Pace(timing, kReceived, 0, 0, 1, Random(4)), 100));
}

TEST_CASE("advancing by several tokens is advancing by one several times") {
  for (const char* text : {"{itl: 3ms}", "{itl: {distribution: normal, mean: 3ms, stddev: 1ms}}"}) {
    const auto timing = timing_of(text);
    Pace one(timing, kReceived, 0, 0, 1.5, Random(9));
    Pace many(timing, kReceived, 0, 0, 1.5, Random(9));
    for (int i = 0; i < 7; ++i) one.advance();
    many.advance(7);
    CHECK(one.due() == many.due());
    many.advance(0);
    CHECK(one.due() == many.due());
  }
}

TEST_CASE("an unstreamed answer is due when its last token would have been streamed") {
  for (const char* text :
       {"{ttft: 9ms, itl: 3ms}", "{ttft: 9ms, itl: {distribution: lognormal, p50: 3ms, p99: 9ms}}",
        "{itl: {distribution: empirical, values: [1ms, 5ms, 2ms]}}"}) {
    const auto timing = timing_of(text);
    const Pace pace(timing, kReceived, 0, 0, 1, Random(9));
    const auto list = deadlines(pace, 500);
    CHECK(pace.unary_due(500) == list.back());
    CHECK(pace.unary_due(1) == list.front());
    CHECK(pace.unary_due(0) == list.front());
    CHECK(pace.due() == list.front());
  }
}

TEST_CASE("a very long unstreamed answer takes the mean of its gaps") {
  const auto timing = timing_of("{itl: {distribution: uniform, min: 1ms, max: 3ms}}");
  const Pace pace(timing, kReceived, 0, 0, 1, Random(9));
  const double gaps = 999'999;
  const auto length = static_cast<double>(pace.unary_due(1'000'000) - kReceived);
  CHECK(std::abs(length - gaps * 2e6) < gaps * 2e6 * 0.001);
}

TEST_CASE("a million tokens at the longest delay do not overflow") {
  const auto timing = timing_of("{ttft: 1h, itl: 1h, prefill_per_token: 1s}");
  Pace pace(timing, kReceived, 1'000'000'000, 0, 1000, Random(1));
  CHECK(pace.due() == kReceived + kLongestDelay);
  CHECK(pace.unary_due(1'000'000) == kReceived + 1'000'000 * kLongestDelay);
  pace.advance(999'999);
  CHECK(pace.due() == kReceived + 1'000'000 * kLongestDelay);
}

TEST_CASE("a prompt costs by the token, and less where it was cached") {
  const auto timing =
      timing_of("{ttft: 10ms, prefill_per_token: 100us, cached_prefill_per_token: 1us}");
  const auto first = [&](std::uint64_t prompt, std::uint64_t cached) {
    return Pace(timing, 0, prompt, cached, 1, Random(1)).due();
  };
  CHECK(first(0, 0) == 10 * kMillisecond);
  CHECK(first(1000, 0) == 110 * kMillisecond);
  CHECK(first(1000, 960) == 14'960 * kMicrosecond);
  CHECK(first(10, 20) == 10'010 * kMicrosecond);
}

TEST_CASE("a factor multiplies every delay, and can change on the way") {
  const auto timing = timing_of("{ttft: 10ms, itl: 2ms}");
  Pace pace(timing, 0, 0, 0, 2.5, Random(1));
  CHECK(pace.due() == 25 * kMillisecond);
  pace.advance();
  CHECK(pace.due() == 30 * kMillisecond);
  pace.set_factor(1);
  pace.advance();
  CHECK(pace.due() == 32 * kMillisecond);
}

TEST_CASE("the role leaves at once when asked, else with the first token") {
  CHECK(Pace(timing_of("{ttft: 10ms}"), 7, 0, 0, 1, Random(1)).role_due() == 7 + 10 * kMillisecond);
  const auto early = timing_of("{ttft: 10ms, role_early: true}");
  const Pace pace(early, 7, 0, 0, 1, Random(1));
  CHECK(pace.role_due() == 7);
  CHECK(pace.due() == 7 + 10 * kMillisecond);
}

TEST_CASE("only timing that can delay something is asked for") {
  const auto asked = [](const std::string& text, double factor = 1) {
    const auto timing = timing_of(text);
    return Pace(timing, 0, 100, 0, factor, Random(1)).asked();
  };
  CHECK_FALSE(asked("{}"));
  CHECK_FALSE(asked("{ttft: '0', itl: '0'}"));
  CHECK_FALSE(asked("{ttft: 1ms, itl: {distribution: uniform, min: 1ms, max: 2ms}}", 0));
  CHECK(asked("{ttft: 1ns}"));
  CHECK(asked("{itl: 1ns}"));
  CHECK(asked("{prefill_per_token: 1ns}"));
  CHECK(asked("{itl: {distribution: empirical, values: ['0', 1ms]}}"));
  CHECK_FALSE(Pace().asked());
}

TEST_CASE("timing that is not named keeps its value") {
  Timing base;
  base.ttft = Distribution::constant(7);
  base.role_early = true;
  const auto timing = timing_of("{itl: 2ms}", base);
  CHECK(timing.ttft == Distribution::constant(7));
  CHECK(timing.itl == Distribution::constant(2e6));
  CHECK(timing.role_early);
}

TEST_CASE("timing's JSON is decoded to the same timing") {
  const auto timing = timing_of(
      "{ttft: {distribution: normal, mean: 1s, stddev: 5ms, min: 2ms}, itl: 1500us,"
      " prefill_per_token: 17us, cached_prefill_per_token: 40ns, role_early: true}");
  CHECK(timing_of(to_json(timing).dump()) == timing);
  CHECK(timing_of(to_json(Timing{}).dump()) == Timing{});
  CHECK_FALSE(timing == Timing{});
}

TEST_CASE("bad timing is refused with file, line and field") {
  CHECK(timing_complaint("ttft: 1ms\nitl: 2h\n") == "s.yaml:2: itl: must be from 0 to 1h");
  CHECK(timing_complaint("prefill_per_token: 2s\n") ==
        "s.yaml:1: prefill_per_token: must be from 0 to 1s");
  CHECK(timing_complaint("role_early: 1\n") ==
        "s.yaml:1: role_early: must be true or false, not '1'");
  CHECK(timing_complaint("tpot: 1ms\n") == "s.yaml:1: tpot: unknown key");
}
