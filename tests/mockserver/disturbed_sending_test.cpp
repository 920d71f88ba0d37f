// What each stage of a plan of faults does to a reply: on fake time, without a socket.

#include "tests/mockserver/sending_rig.hpp"

namespace hopcost::mockserver {
namespace {

using namespace sending_rig;

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
