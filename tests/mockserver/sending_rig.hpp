#pragma once

// What the tests of sendings share: fake time, a streamed answer, and what does as a sending says.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mockserver/api/answer_stream.hpp"
#include "mockserver/http/reply_head.hpp"
#include "mockserver/server/disturbed_sending.hpp"
#include "mockserver/server/sending.hpp"
#include "tests/catch.hpp"

namespace hopcost::mockserver::sending_rig {

inline constexpr Nanos kStart = 1'000 * kSecond;
inline constexpr std::string_view kHead = "HEAD\r\n\r\n";
inline constexpr std::string_view kBody = R"({"text":"abcdefgh"})";
inline constexpr Sending::Framing kBare{false, 1};

inline Nanos fake_now = kStart;
inline Nanos fake_clock() {
  return fake_now;
}

inline std::string_view name_of(SendStep step) {
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

inline Timing timing(Nanos ttft, Nanos itl) {
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
    Sending sending(counters, pacing, fake_clock);
    sending.head() = kHead;
    sending.begin_stream(*stream, pace, asked.framing, kStart);
    auto outcome = run(sending, late_ns);
    std::string out;
    CHECK(sending.next(out) == SendStep::done);
    CHECK(out.empty());
    return outcome;
  }

  DisturbedSending& begin(const FaultPlan& plan) {
    disturbed.emplace(counters, pacing, fake_clock);
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
  PacingTally pacing;
  Asked asked;
  std::optional<DisturbedSending> disturbed;
};

inline FaultPlan plan_of(std::string_view header) {
  const auto faults = parse_fault_header(header);
  REQUIRE(faults);
  return make_plan(*faults);
}

inline Outcome disturbed(std::string_view header, const Asked& asked = {}) {
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

inline Outcome disturbed_body(std::string_view header, std::uint32_t tokens = 4, Nanos due_ns = 0) {
  fake_now = kStart;
  Counters counters;
  PacingTally pacing;
  const auto plan = plan_of(header);
  DisturbedSending sending(counters, pacing, fake_clock);
  sending.set_plan(plan);
  auto body = spoil_body(plan, std::string(kBody));
  sending.begin_unary(std::string(kHead), std::move(body.bytes),
                      {kNoStamp, 0, kStart, kStart + due_ns, due_ns > 0, tokens}, tokens);
  return run(sending);
}

/// How many words of an answer are in `wire`.
inline std::uint32_t words_in(std::string_view wire) {
  std::uint32_t count = 0;
  for (auto at = wire.find(R"("delta":{"content":)"); at != std::string_view::npos;
       at = wire.find(R"("delta":{"content":)", at + 1)) {
    ++count;
  }
  return count;
}

inline std::string whole(const Asked& asked = {}) {
  return Rig(asked).plain().text();
}

}  // namespace hopcost::mockserver::sending_rig
