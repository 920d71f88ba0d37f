// Which bytes of a reply leave, and when: on fake time, without a socket.

#include "mockserver/server/sending.hpp"

#include <memory>
#include <string>
#include <vector>

#include "common/stamp.hpp"
#include "common/tokens.hpp"
#include "mockserver/api/answer_stream.hpp"
#include "mockserver/http/reply_head.hpp"
#include "mockserver/server/disturbed_sending.hpp"
#include "tests/catch.hpp"

namespace hopcost::mockserver {
namespace {

constexpr Nanos kStart = 1'000 * kSecond;
constexpr std::string_view kHead = "HEAD\r\n\r\n";
constexpr std::string_view kBody = R"({"text":"abcdefgh"})";
constexpr Sending::Framing kBare{false, 1};

Nanos fake_now = kStart;
Nanos fake_clock() {
  return fake_now;
}

std::string_view name_of(SendStep step) {
  switch (step) {
    case SendStep::done:
      return "done";
    case SendStep::idle:
      return "idle";
    case SendStep::close:
      return "close";
    case SendStep::reset:
      return "reset";
    default:
      return "goes on";
  }
}

/// What left, when (since the start), and how it ended.
struct Outcome {
  struct Write {
    Nanos at_ns;
    std::string bytes;
  };
  std::vector<Write> writes;
  std::string_view end;
  int yields = 0;

  [[nodiscard]] std::string text() const {
    std::string all;
    for (const auto& write : writes) all += write.bytes;
    return all;
  }
  [[nodiscard]] std::vector<Nanos> times() const {
    std::vector<Nanos> all;
    for (const auto& write : writes) all.push_back(write.at_ns);
    return all;
  }
};

/// Does what the sending says until it does not go on, waking up `late_ns` after each deadline.
template <class AnySending>
Outcome run(AnySending& sending, Nanos late_ns = 0, std::string held = {}) {
  Outcome outcome;
  std::string out = std::move(held);
  for (int i = 0; i < 100'000; ++i) {
    const SendStep step = sending.next(out);
    if (step == SendStep::send) {
      outcome.writes.push_back({fake_now - kStart, std::exchange(out, {})});
    } else if (step == SendStep::wait) {
      REQUIRE(sending.due_ns() > fake_now);
      fake_now = sending.due_ns() + late_ns;
    } else if (step == SendStep::yield) {
      ++outcome.yields;
    } else {
      outcome.end = name_of(step);
      CHECK(out.empty());
      return outcome;
    }
  }
  FAIL("it never ends");
  return outcome;
}

Timing timing(Nanos ttft, Nanos itl) {
  Timing made;
  made.ttft = Distribution::constant(static_cast<double>(ttft));
  made.itl = Distribution::constant(static_cast<double>(itl));
  return made;
}

struct Asked {
  std::uint32_t tokens = 5;
  std::uint32_t per_part = 1;
  bool open_early = false;
  bool stamped = false;
  Nanos ttft = 0;
  Nanos itl = 0;
  Sending::Framing framing = kBare;
};

/// One streamed answer, and what counts while it is sent.
struct Rig {
  explicit Rig(const Asked& wanted = {}, bool terminator = true) : asked(wanted) {
    fake_now = kStart;
    if (asked.stamped) question.stamp_id = 7;
    AnswerStyle style;
    style.output_tokens = asked.tokens;
    question.prompts = {"hello"};
    question.stream = true;
    answer = compose(question, style);
    writer = make_writer(question, answer, facts);
    std::optional<AnswerStream::Stamps> stamps;
    if (asked.stamped) stamps = {7, kStart};
    stream.emplace(
        *writer, AnswerStream::Shape{answer.steps(), asked.per_part, asked.open_early, terminator},
        stamps);
    delays = timing(asked.ttft, asked.itl);
    pace = Pace(delays, kStart, 0, 0, 1, Random(1));
  }

  Outcome plain(Nanos late_ns = 0) {
    Sending sending(counters, lateness, fake_clock);
    sending.head() = kHead;
    sending.begin_stream(*stream, pace, asked.framing, kStart);
    auto outcome = run(sending, late_ns);
    std::string out;
    CHECK(sending.next(out) == SendStep::done);
    CHECK(out.empty());
    return outcome;
  }

  DisturbedSending& begin(const FaultPlan& plan) {
    disturbed.emplace(counters, lateness, fake_clock);
    disturbed->set_plan(plan);
    disturbed->begin_stream(std::string(kHead), *stream, pace, asked.framing, kStart);
    return *disturbed;
  }

  Question question;
  Answer answer;
  ReplyFacts facts{"0123456789abcdef", "1700000000", "m"};
  std::unique_ptr<ReplyWriter> writer;
  std::optional<AnswerStream> stream;
  Timing delays;
  Pace pace;
  Counters counters;
  Histogram lateness;
  Asked asked;
  std::optional<DisturbedSending> disturbed;
};

FaultPlan plan_of(std::string_view header) {
  const auto faults = parse_fault_header(header);
  REQUIRE(faults);
  return make_plan(*faults);
}

Outcome disturbed(std::string_view header, const Asked& asked = {}) {
  const auto plan = plan_of(header);
  auto with = asked;
  with.open_early |= plan.first_token_stall_ns > 0;  // as Call does it
  Rig rig(with, !plan.no_done);
  auto& sending = rig.begin(plan);
  auto outcome = run(sending);
  std::string out;
  CHECK(name_of(sending.next(out)) == outcome.end);  // whoever asks again gets nothing more
  CHECK(out.empty());
  return outcome;
}

Outcome disturbed_body(std::string_view header, std::uint32_t tokens = 4, Nanos due_ns = 0) {
  fake_now = kStart;
  Counters counters;
  Histogram lateness;
  const auto plan = plan_of(header);
  DisturbedSending sending(counters, lateness, fake_clock);
  sending.set_plan(plan);
  auto body = spoil_body(plan, std::string(kBody));
  sending.begin_unary(std::string(kHead), std::move(body.bytes),
                      {kNoStamp, 0, kStart, kStart + due_ns, due_ns > 0, tokens}, tokens);
  return run(sending);
}

/// How many words of an answer are in `wire`.
std::uint32_t words_in(std::string_view wire) {
  std::uint32_t count = 0;
  for (auto at = wire.find(R"("delta":{"content":)"); at != std::string_view::npos;
       at = wire.find(R"("delta":{"content":)", at + 1)) {
    ++count;
  }
  return count;
}

std::string whole(const Asked& asked = {}) {
  return Rig(asked).plain().text();
}

TEST_CASE("a sending without a reply is done") {
  Counters counters;
  Histogram lateness;
  Sending sending(counters, lateness, fake_clock);
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
  CHECK(rig.lateness.count() == 5);
  CHECK(rig.lateness.mean() == Approx(static_cast<double>(late_ns)));
}

TEST_CASE("a sending that wakes up far too late catches up without waiting") {
  Rig rig({.ttft = kMillisecond, .itl = kMillisecond});
  const auto outcome = rig.plain(10 * kMillisecond);
  CHECK(outcome.times() == std::vector<Nanos>(6, 11 * kMillisecond));
  CHECK(rig.lateness.min() <= static_cast<std::uint64_t>(6 * kMillisecond));
  CHECK(rig.lateness.max() == static_cast<std::uint64_t>(10 * kMillisecond));
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
  CHECK(at_once.lateness.count() == 0);
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
  Histogram lateness;
  Sending sending(counters, lateness, fake_clock);
  const Nanos due_ns = GENERATE(Nanos{0}, 30 * kMillisecond);
  sending.begin_unary({kNoStamp, 0, kStart, kStart + due_ns, due_ns > 0, 4});
  const auto outcome = run(sending, 0, std::string(kBody));
  REQUIRE(outcome.writes.size() == 1);
  CHECK(outcome.writes[0].at_ns == due_ns);
  CHECK(outcome.text() == kBody);
  CHECK(outcome.end == "done");
  CHECK(lateness.count() == (due_ns > 0 ? 1U : 0U));
}

TEST_CASE("granted tokens leave when they were granted, not before and not later") {
  Rig rig({.tokens = 3, .framing = {true, 8}});
  const bool with_plan = GENERATE(false, true);
  Sending plain(rig.counters, rig.lateness, fake_clock);
  DisturbedSending with(rig.counters, rig.lateness, fake_clock);
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
  CHECK(rig.lateness.count() == 3);
  CHECK(rig.lateness.max() == 40);
}

TEST_CASE("a unary reply with grants waits for all of its tokens") {
  fake_now = kStart;
  Counters counters;
  Histogram lateness;
  DisturbedSending sending(counters, lateness, fake_clock);
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
  DisturbedSending sending(rig.counters, rig.lateness, fake_clock);
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

TEST_CASE("every fault that only shapes writes leaves the bytes of an unchunked stream alone") {
  const auto* const header = GENERATE("trickle", "split; bytes=5; gap=0", "coalesce; events=3",
                                      "split; bytes=1; gap=2ms, coalesce");
  CAPTURE(header);
  CHECK(disturbed(header).text() == whole());
}

TEST_CASE("slices have their size and their gaps, and many without a gap yield") {
  const auto slow = disturbed_body("split; bytes=4; gap=3ms");
  const std::string all = std::string(kHead) + std::string(kBody);
  REQUIRE(slow.writes.size() == (all.size() + 3) / 4);
  for (std::size_t i = 0; i < slow.writes.size(); ++i) {
    CHECK(slow.writes[i].at_ns == static_cast<Nanos>(i) * 3 * kMillisecond);
    CHECK(slow.writes[i].bytes == all.substr(4 * i, 4));
  }
  CHECK(slow.yields == 0);
  const auto fast = disturbed("trickle; gap=0");
  CHECK(fast.writes.size() == whole().size());
  CHECK(fast.yields >= static_cast<int>(fast.writes.size() / 17));
}

TEST_CASE("split-utf8 ends a write inside each character") {
  const auto outcome = disturbed("split-utf8; gap=0");
  int cut = 0;
  for (const auto& write : outcome.writes) {
    if ((static_cast<unsigned char>(write.bytes.front()) & 0xc0U) == 0x80U) ++cut;
  }
  CHECK(cut >= 5);
  CHECK(outcome.end == "done");
}

TEST_CASE("a header stall holds back every byte, for its time or for ever") {
  const auto timed = disturbed("header-stall; for=70ms");
  CHECK(timed.writes.front().at_ns == 70 * kMillisecond);
  CHECK(timed.text() == whole());
  const auto endless = disturbed("header-stall, keep-alive");
  CHECK(endless.writes.empty());
  CHECK(endless.end == "idle");
  CHECK(disturbed_body("header-stall; for=70ms").writes.front().at_ns == 70 * kMillisecond);
}

TEST_CASE("a cut before the reply sends nothing, a cut after the head only that") {
  for (const bool unary : {false, true}) {
    const auto play = [&](std::string_view h) { return unary ? disturbed_body(h) : disturbed(h); };
    CHECK(play("close-before-reply").writes.empty());
    CHECK(play("close-before-reply").end == "close");
    CHECK(play("reset-before-reply; for=1s").end == "reset");
    CHECK(fake_now == kStart + kSecond);
    CHECK(play("close-after-head").text() == kHead);
    CHECK(play("close-after-head").end == "close");
  }
}

TEST_CASE("a first-token stall comes after head and opening") {
  const auto outcome = disturbed("first-token-stall; for=2s, coalesce");
  CHECK(words_in(outcome.writes[0].bytes) == 0);
  CHECK(outcome.writes[0].bytes.find("assistant") != std::string::npos);
  CHECK(outcome.writes[0].at_ns == 0);
  CHECK(outcome.writes[1].at_ns == 2 * kSecond);
  CHECK(outcome.text() == whole());
  CHECK(disturbed("first-token-stall").end == "idle");
  const auto unary = disturbed_body("first-token-stall; for=2s");
  CHECK(unary.writes[0].bytes == kHead);
  CHECK(unary.writes[1].at_ns == 2 * kSecond);
  CHECK(unary.writes[1].bytes == kBody);
}

TEST_CASE("a mid-stream stall comes after so many tokens, also where events share writes") {
  const std::uint32_t after = GENERATE(0U, 1U, 3U, 5U);
  const auto* const more = GENERATE("", ", coalesce; events=8");
  const auto header = "mid-stream-stall; for=2s; after=" + std::to_string(after) + more;
  const auto outcome = disturbed(header);
  std::string before;
  for (const auto& write : outcome.writes) {
    if (write.at_ns == 0) before += write.bytes;
  }
  CHECK(before.starts_with(kHead));
  CHECK(words_in(before) == after);
  CHECK(outcome.writes.back().at_ns == 2 * kSecond);
  CHECK(outcome.text() == whole());
}

TEST_CASE("pings go out during a stall, at their interval, and not in the body of a unary reply") {
  const auto outcome = disturbed("mid-stream-stall; for=3500ms; after=2, keep-alive; gap=1s");
  std::vector<Nanos> pings;
  for (const auto& write : outcome.writes) {
    if (write.bytes == ": ping\n\n") pings.push_back(write.at_ns);
  }
  CHECK(pings == std::vector<Nanos>{kSecond, 2 * kSecond, 3 * kSecond});
  CHECK(outcome.end == "done");
  CHECK(disturbed_body("mid-stream-stall; for=3500ms, keep-alive").text() ==
        std::string(kHead) + std::string(kBody));
}

TEST_CASE("a byte order mark comes before the first ping") {
  const auto text =
      disturbed("keep-alive; gap=1ms, bom, first-token-stall; for=2ms", {.ttft = 5 * kMillisecond})
          .text();
  const std::string mark(kByteOrderMark);
  CHECK(text.starts_with(std::string(kHead) + mark));
  CHECK(text.rfind(mark) == kHead.size());
  const auto late = disturbed("keep-alive; gap=1ms, bom", {.ttft = 5 * kMillisecond}).text();
  CHECK(late.starts_with(std::string(kHead) + mark + ": ping\n\n"));
  CHECK(late.rfind(mark) == kHead.size());
}

TEST_CASE("a cut leaves after so many tokens and not later") {
  const std::uint32_t after = GENERATE(0U, 1U, 4U, 5U);
  const auto* const more = GENERATE("", ", coalesce", ", trickle");
  for (const std::string kind : {"close", "reset"}) {
    const auto outcome = disturbed(kind + "; after=" + std::to_string(after) + more);
    CHECK(outcome.end == kind);
    CHECK(outcome.text().starts_with(kHead));
    CHECK(words_in(outcome.text()) == after);
    CHECK(whole().starts_with(outcome.text()));
    CHECK(outcome.text().size() < whole().size());
  }
  CHECK(disturbed("close; after=6").text() == whole());  // the stream is shorter
}

TEST_CASE("an error event takes the place of the rest") {
  const auto outcome =
      disturbed("error-event; after=2; status=503", {.framing = Sending::Framing{true, 1}});
  CHECK(words_in(outcome.text()) == 2);
  CHECK(outcome.text().find(R"(data: {"error":{)") != std::string::npos);
  CHECK(outcome.text().find("[DONE]") == std::string::npos);
  CHECK(outcome.text().ends_with(kLastChunk));
  CHECK(outcome.end == "done");
  const auto cut = disturbed("error-event; after=2, close; after=2");
  CHECK(cut.text().find(R"({"error":)") != std::string::npos);
  CHECK(cut.end == "close");
}

TEST_CASE("the event after so many tokens is malformed or huge, the others are whole") {
  const auto malformed = disturbed("malformed-json; after=2");
  REQUIRE(malformed.writes.size() == 6);
  const auto plain = Rig().plain();
  for (std::size_t i = 0; i < 6; ++i) {
    CHECK((malformed.writes[i].bytes == plain.writes[i].bytes) == (i != 2));
  }
  CHECK(malformed.writes[2].bytes.ends_with("\n\n"));
  const auto huge = disturbed("huge-event; after=1; size=5000");
  CHECK(huge.writes[1].bytes.size() == 5000);
  CHECK(huge.writes[2].bytes == plain.writes[2].bytes);
}

TEST_CASE("ends: without [DONE], without a blank line, without a last chunk") {
  CHECK(disturbed("no-done").text() + "data: [DONE]\n\n" == whole());
  CHECK(disturbed("unterminated-event").text() + "\n" == whole());
  // A ping would end the event that must not end.
  CHECK(disturbed("unterminated-event, keep-alive; gap=1ms, split; bytes=50; gap=2ms")
            .text()
            .ends_with("[DONE]\n"));
  const Asked chunked{.framing = {true, 1}};
  const auto cut = disturbed("truncated-body", chunked);
  CHECK(cut.text() + std::string(kLastChunk) == whole(chunked));
  CHECK(cut.end == "close");
}

TEST_CASE("every form of events is used, in one stream with one count") {
  CHECK(disturbed("crlf").text().find("\r\n\r\ndata: ") != std::string::npos);
  CHECK(disturbed("cr").text().ends_with("data: [DONE]\r\r"));
  const auto ids = disturbed("id-retry-fields").text();
  CHECK(ids.find("id: 0\nretry: 3000\n") != std::string::npos);
  for (int i = 1; i < 6; ++i) {
    CHECK(ids.find("\nid: " + std::to_string(i) + "\n") != std::string::npos);
  }
  CHECK(ids.find("retry:") == ids.rfind("retry:"));
}

TEST_CASE("in a unary reply, after k tokens is the same share of the body") {
  const std::string head(kHead);
  CHECK(disturbed_body("close; after=2").text() == head + std::string(kBody.substr(0, 9)));
  CHECK(disturbed_body("reset; after=0").text() == head);
  CHECK(disturbed_body("reset; after=9").text() ==
        head + std::string(kBody.substr(0, kBody.size() - 1)));
  const auto stalls = disturbed_body("mid-stream-stall; after=2; for=1s, close; after=3", 4, 10);
  REQUIRE(stalls.writes.size() == 2);
  CHECK(stalls.times() == std::vector<Nanos>{10, kSecond + 10});
  CHECK(stalls.end == "close");
}

TEST_CASE("a truncated unary reply promises more than it sends, and closes") {
  const auto spoilt = spoil_body(plan_of("truncated-body"), std::string(kBody));
  CHECK(spoilt.bytes == kBody);
  CHECK(spoilt.promised == kBody.size() + kTruncatedBytes);
  CHECK(disturbed_body("truncated-body").end == "close");
  CHECK(spoil_body(plan_of("empty-body"), "x").promised == 0);
  CHECK(spoil_body(plan_of("huge-event; size=500"), std::string(kBody)).promised == 500);
}

}  // namespace
}  // namespace hopcost::mockserver
