// Which bytes of a reply leave, and when: on fake time, without a socket.

#include "common/stamp.hpp"
#include "tests/mockserver/sending_rig.hpp"

namespace hopcost::mockserver {
namespace {

using namespace sending_rig;

TEST_CASE("a sending without a reply is done") {
  Counters counters;
  PacingTally pacing;
  Sending sending(counters, pacing, fake_clock);
  std::string out;
  CHECK(sending.next(out) == SendStep::done);
}

TEST_CASE("parts leave at their deadlines, and one late write delays none after it") {
  const Nanos late_ns = GENERATE(Nanos{0}, 300 * kMicrosecond);
  Rig rig({.ttft = 50 * kMillisecond, .itl = 20 * kMillisecond});
  const auto outcome = rig.plain(late_ns);
  std::vector<Nanos> due;
  for (Nanos i = 0; i < 5; ++i) due.push_back((50 + 20 * i) * kMillisecond + late_ns);
  due.push_back(due.back());  // the end does not wait
  CHECK(outcome.times() == due);
  CHECK(rig.counters.chunks == 5);
  CHECK(rig.pacing.lateness.count() == 5);
  CHECK(rig.pacing.lateness.mean() == Approx(static_cast<double>(late_ns)));
}

TEST_CASE("what was intended and what was achieved are counted side by side") {
  Rig rig({.ttft = 50 * kMillisecond, .itl = 20 * kMillisecond});
  Sending sending(rig.counters, rig.pacing, fake_clock);
  sending.begin_stream(*rig.stream, rig.pace, rig.asked.framing, kStart);
  std::string out;
  Nanos late_ns = 0;
  while (sending.next(out) != SendStep::done) {
    // Each token is 1 ms later than the one before it was.
    if (sending.due_ns() > fake_now) fake_now = sending.due_ns() + (late_ns += kMillisecond);
  }
  const auto& [first, gap] = std::tie(rig.pacing.first, rig.pacing.gap);
  CHECK(first.intended.count() == 1);
  CHECK(first.intended.max() == 50 * kMillisecond);
  CHECK(first.achieved.max() == 51 * kMillisecond);
  CHECK(gap.intended.count() == 4);
  CHECK(gap.intended.min() == 20 * kMillisecond);
  CHECK(gap.intended.max() == 20 * kMillisecond);
  CHECK(gap.achieved.min() == 21 * kMillisecond);
  CHECK(gap.achieved.max() == 21 * kMillisecond);
}

TEST_CASE("a sending that wakes up far too late catches up without waiting") {
  Rig rig({.ttft = kMillisecond, .itl = kMillisecond});
  const auto outcome = rig.plain(10 * kMillisecond);
  CHECK(outcome.times() == std::vector<Nanos>(6, 11 * kMillisecond));
  CHECK(rig.pacing.lateness.min() <= static_cast<std::uint64_t>(6 * kMillisecond));
  CHECK(rig.pacing.lateness.max() == static_cast<std::uint64_t>(10 * kMillisecond));
}

TEST_CASE("a part of several tokens leaves when its last token is there") {
  Rig rig({.tokens = 5, .per_part = 2, .ttft = 10 * kMillisecond, .itl = kMillisecond});
  CHECK(rig.plain().times() == std::vector<Nanos>{11 * kMillisecond, 13 * kMillisecond,
                                                  14 * kMillisecond, 14 * kMillisecond});
}

TEST_CASE("an early opening leaves at once, with the head") {
  Rig rig({.open_early = true, .ttft = 10 * kMillisecond});
  const auto outcome = rig.plain();
  CHECK(outcome.writes.front().at_ns == 0);
  CHECK(outcome.writes.front().bytes.starts_with(kHead));
  CHECK(outcome.writes.front().bytes.find("assistant") != std::string::npos);
  CHECK(outcome.writes[1].at_ns == 10 * kMillisecond);
}

TEST_CASE("without delays events share writes as asked, with delays never") {
  const Sending::Framing framing{true, 3};
  Rig at_once({.framing = framing});
  CHECK(at_once.plain().writes.size() == 2);  // 3 + 2 tokens and the end
  CHECK(at_once.pacing.lateness.count() == 0);
  Rig timed({.itl = kMillisecond, .framing = framing});
  CHECK(timed.plain().writes.size() == 6);
}

TEST_CASE("a long stream without delays lets others have their turn") {
  CHECK(Rig({.tokens = 100}).plain().yields == 6);
}

TEST_CASE("stamps carry the time of sending") {
  Rig rig({.tokens = 3, .stamped = true, .ttft = kMillisecond, .itl = kMillisecond});
  const auto outcome = rig.plain(5);
  const auto stamp_in = [&](std::size_t i, std::string_view mark) {
    return std::string_view(outcome.writes[i].bytes)
        .substr(outcome.writes[i].bytes.find(std::string(R"("content":")") + std::string(mark)) +
                11);
  };
  const auto first = read_reply_stamp(stamp_in(0, "~"));
  REQUIRE(first);
  CHECK(first->received_ns == kStart);
  CHECK(first->sent_ns == kStart + kMillisecond + 5);
  const auto second = read_chunk_stamp(stamp_in(1, "~"));
  REQUIRE(second);
  CHECK(second->sent_ns == kStart + 2 * kMillisecond + 5);
}

TEST_CASE("a unary reply waits for its last token") {
  fake_now = kStart;
  Counters counters;
  PacingTally pacing;
  Sending sending(counters, pacing, fake_clock);
  const Nanos due_ns = GENERATE(Nanos{0}, 30 * kMillisecond);
  sending.begin_unary({kNoStamp, 0, kStart, kStart + due_ns, due_ns > 0, 4});
  const auto outcome = run(sending, 0, std::string(kBody));
  REQUIRE(outcome.writes.size() == 1);
  CHECK(outcome.writes[0].at_ns == due_ns);
  CHECK(outcome.text() == kBody);
  CHECK(outcome.end == "done");
  CHECK(pacing.lateness.count() == (due_ns > 0 ? 1U : 0U));
  CHECK(pacing.first.intended.max() == static_cast<std::uint64_t>(due_ns));
  CHECK(pacing.gap.intended.count() == 0);
}

TEST_CASE("granted tokens leave when they were granted, not before and not later") {
  Rig rig({.tokens = 3, .framing = {true, 8}});
  const bool with_plan = GENERATE(false, true);
  Sending plain(rig.counters, rig.pacing, fake_clock);
  DisturbedSending with(rig.counters, rig.pacing, fake_clock);
  const auto play = [&](auto& sending) {
    CHECK(run(sending).end == "idle");
    sending.grant(1, fake_now - 40);
    const auto first = run(sending);
    CHECK(words_in(first.text()) == 1);
    CHECK(first.end == "idle");
    CHECK(run(sending).writes.empty());
    sending.grant(3, fake_now - 40);
    const auto rest = run(sending);
    CHECK(words_in(rest.text()) == 2);
    CHECK(rest.end == "done");
  };
  if (with_plan) {
    with.expect_grants();
    with.begin_stream(std::string(kHead), *rig.stream, {}, rig.asked.framing, kStart);
    play(with);
  } else {
    plain.expect_grants();
    plain.head() = kHead;
    plain.begin_stream(*rig.stream, {}, rig.asked.framing, kStart);
    play(plain);
  }
  CHECK(rig.pacing.lateness.count() == 3);
  CHECK(rig.pacing.lateness.max() == 40);
}

TEST_CASE("a unary reply with grants waits for all of its tokens") {
  fake_now = kStart;
  Counters counters;
  PacingTally pacing;
  DisturbedSending sending(counters, pacing, fake_clock);
  sending.expect_grants();
  sending.begin_unary(std::string(kHead), std::string(kBody), {kNoStamp, 0, kStart, 0, false, 3},
                      3);
  CHECK(run(sending).end == "idle");
  sending.grant(2, kStart);
  CHECK(run(sending).writes.empty());
  sending.grant(3, kStart);
  CHECK(run(sending).text() == std::string(kHead) + std::string(kBody));
}

TEST_CASE("while tokens are waited for, pings go out and a grant ends the wait") {
  Rig rig({.tokens = 2});
  DisturbedSending sending(rig.counters, rig.pacing, fake_clock);
  sending.expect_grants();
  sending.set_plan(plan_of("keep-alive; gap=1s"));
  sending.begin_stream(std::string(kHead), *rig.stream, {}, kBare, kStart);
  std::string out;
  REQUIRE(sending.next(out) == SendStep::wait);
  CHECK(sending.due_ns() == kStart + kSecond);
  fake_now = sending.due_ns();
  REQUIRE(sending.next(out) == SendStep::send);
  CHECK(out == std::string(kHead) + ": ping\n\n");
  out.clear();
  sending.grant(2, fake_now);
  const auto rest = run(sending);
  CHECK(words_in(rest.text()) == 2);
  CHECK(rest.end == "done");
}

TEST_CASE("a plan that does nothing gives byte for byte what a plain sending gives") {
  for (const bool early : {false, true}) {
    for (const bool stamped : {false, true}) {
      for (const std::uint32_t per_part : {1U, 3U}) {
        for (const Nanos itl : {Nanos{0}, kMillisecond}) {
          for (const Sending::Framing framing :
               {Sending::Framing{true, 1}, Sending::Framing{true, 4}, Sending::Framing{false, 1}}) {
            const Asked asked{23, per_part, early, stamped, 2 * itl, itl, framing};
            const auto text = whole(asked);
            REQUIRE(text.size() > 1000);
            const auto same = disturbed("", asked);
            CHECK(same.text() == text);
            CHECK(same.end == "done");
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace hopcost::mockserver
