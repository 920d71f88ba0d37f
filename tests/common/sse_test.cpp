#include "common/sse.hpp"

#include <string>
#include <utility>
#include <vector>

#include "tests/catch.hpp"

using hopcost::SseDecoder;
using hopcost::SseEvent;

namespace {

struct Event {
  std::string name;
  std::string data;
  bool operator==(const Event&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Event& e) {
  return out << '(' << e.name << '|' << e.data << ')';
}

/// Each piece is fed from memory of its own that is gone afterwards, as a socket's buffer is.
std::vector<Event> decode(const std::vector<std::string_view>& pieces) {
  SseDecoder decoder;
  std::vector<Event> events;
  for (const auto piece : pieces) {
    std::string copy(piece);
    const bool fine = decoder.feed(copy, [&](const SseEvent& e) {
      events.push_back({std::string(e.name), std::string(e.data)});
    });
    REQUIRE(fine);
    copy.assign(copy.size(), '#');
  }
  return events;
}

std::vector<Event> decode(std::string_view text) {
  return decode(std::vector<std::string_view>{text});
}

using Events = std::vector<Event>;

/// Every construct of the format once, in all three line endings, and what a model's stream has.
std::string corpus() {
  return ": hello\n"
         "data: {\"a\":1}\n\n"
         "data:no space\r\n\r\n"
         "data:  two spaces\r\r"
         "event: message_start\ndata: one\ndata: two\r\ndata\r\n\n"
         "event: lost\nid: 4\nretry: 10\n\n"
         "data:\n\n"
         ":\r\n:: x\r\n\r\n"
         "data: caf\xc3\xa9 \xf0\x9f\x98\x80: x\nevent: late\n\n"
         "unknown: y\nDATA: z\n data: w\n\n"
         "data: a:b: c\n\r"
         "\ndata: [DONE]\n\n"
         "data: never finished\n";
}

Events corpus_events() {
  return {{"", "{\"a\":1}"},
          {"", "no space"},
          {"", " two spaces"},
          {"message_start", "one\ntwo\n"},
          {"", ""},
          {"late", "caf\xc3\xa9 \xf0\x9f\x98\x80: x"},
          {"", "a:b: c"},
          {"", "[DONE]"}};
}

}  // namespace

TEST_CASE("lines of server-sent events may end in LF, CR or CRLF, or in a mixture") {
  CHECK(decode("data: a\n\n") == Events{{"", "a"}});
  CHECK(decode("data: a\r\r") == Events{{"", "a"}});
  CHECK(decode("data: a\r\n\r\n") == Events{{"", "a"}});
  CHECK(decode("data: a\r\n\n") == Events{{"", "a"}});
  CHECK(decode("data: a\n\r") == Events{{"", "a"}});
  CHECK(decode("data: a\r\rdata: b\r\n\r\ndata: c\n\n") == Events{{"", "a"}, {"", "b"}, {"", "c"}});
}

TEST_CASE("one space after the colon is dropped, and only one") {
  CHECK(decode("data:a\n\n") == Events{{"", "a"}});
  CHECK(decode("data: a\n\n") == Events{{"", "a"}});
  CHECK(decode("data:  a \n\n") == Events{{"", " a "}});
  CHECK(decode("data:\ta\n\n") == Events{{"", "\ta"}});
}

TEST_CASE("several data lines are joined by LF") {
  CHECK(decode("data: a\ndata: b\ndata: c\n\n") == Events{{"", "a\nb\nc"}});
  CHECK(decode("data\ndata\n\n") == Events{{"", "\n"}});
  CHECK(decode("data:\ndata: x\n\n") == Events{{"", "\nx"}});
}

TEST_CASE("an event's name holds for that event only") {
  CHECK(decode("event: e\ndata: a\n\ndata: b\n\n") == Events{{"e", "a"}, {"", "b"}});
  CHECK(decode("data: a\nevent: e\n\n") == Events{{"e", "a"}});
  CHECK(decode("event: e\nevent: f\ndata: a\n\n") == Events{{"f", "a"}});
  CHECK(decode("event: e\nevent\ndata: a\n\n") == Events{{"", "a"}});
}

TEST_CASE("an event without data is not delivered and its name is forgotten") {
  CHECK(decode("event: e\n\n").empty());
  CHECK(decode("event: e\n\ndata: a\n\n") == Events{{"", "a"}});
  CHECK(decode("\n\n\n").empty());
}

TEST_CASE("an empty data field is data") {
  CHECK(decode("data:\n\n") == Events{{"", ""}});
  CHECK(decode("data\n\n") == Events{{"", ""}});
}

TEST_CASE("comments and unknown fields are skipped inside an event too") {
  CHECK(decode(": ping\n\n").empty());
  CHECK(decode("data: a\n: ping\nid: 3\nretry: 5\nfoo: bar\ndata: b\n\n") == Events{{"", "a\nb"}});
  CHECK(decode("Data: a\n\n").empty());
  CHECK(decode(" data: a\n\n").empty());
}

TEST_CASE("a byte order mark is dropped at the start, wherever the stream is split") {
  const std::string text = "\xef\xbb\xbf" + corpus();
  const auto view = std::string_view(text);
  CHECK(decode(view) == corpus_events());
  for (std::size_t i = 0; i <= view.size(); ++i) {
    INFO("split at " << i);
    REQUIRE(decode({view.substr(0, i), view.substr(i)}) == corpus_events());
  }
  std::vector<std::string_view> pieces;
  for (std::size_t i = 0; i < view.size(); ++i) pieces.push_back(view.substr(i, 1));
  CHECK(decode(pieces) == corpus_events());
}

TEST_CASE("only a whole byte order mark, only one, and only at the start is dropped") {
  const std::string mark = "\xef\xbb\xbf";
  const auto check = [](const std::string& text, const Events& events) {
    const auto view = std::string_view(text);
    for (std::size_t i = 0; i <= view.size(); ++i) {
      INFO("split at " << i);
      CHECK(decode({view.substr(0, i), view.substr(i)}) == events);
    }
  };
  check(mark + mark + "data: a\n\ndata: b\n\n", {{"", "b"}});
  check("\n" + mark + "data: a\n\ndata: b\n\n", {{"", "b"}});
  check(
      "\xef\xbb"
      "data: a\n\ndata: b\n\n",
      {{"", "b"}});
  check(
      "\xef"
      "data: a\n\ndata: b\n\n",
      {{"", "b"}});
  check("data: a" + mark + "\n\n", {{"", "a" + mark}});
  check(mark, {});
}

TEST_CASE("a stream that ends inside a byte order mark was cut, one that is only a mark was not") {
  for (const auto& [text, cut] :
       {std::pair{"\xef", true}, std::pair{"\xef\xbb", true}, std::pair{"\xef\xbb\xbf", false}}) {
    SseDecoder decoder;
    decoder.feed(text, [](const SseEvent&) {});
    CHECK(decoder.inside_event() == cut);
  }
}

TEST_CASE("the corpus stream has the events it should have") {
  CHECK(decode(corpus()) == corpus_events());
}

TEST_CASE("a stream split at every byte gives the same events") {
  const std::string text = corpus();
  const auto view = std::string_view(text);
  for (std::size_t i = 0; i <= view.size(); ++i) {
    INFO("split at " << i);
    REQUIRE(decode({view.substr(0, i), view.substr(i)}) == corpus_events());
  }
}

TEST_CASE("a stream split at every pair of bytes gives the same events") {
  const std::string text = corpus();
  const auto view = std::string_view(text);
  for (std::size_t i = 0; i <= view.size(); ++i) {
    for (std::size_t j = i; j <= view.size(); ++j) {
      const auto events = decode({view.substr(0, i), view.substr(i, j - i), view.substr(j)});
      if (events != corpus_events()) {
        INFO("split at " << i << " and " << j);
        REQUIRE(events == corpus_events());
      }
    }
  }
  SUCCEED();
}

TEST_CASE("a stream fed byte by byte gives the same events") {
  const std::string text = corpus();
  std::vector<std::string_view> pieces;
  for (std::size_t i = 0; i < text.size(); ++i) {
    pieces.push_back(std::string_view(text).substr(i, 1));
    pieces.emplace_back();
  }
  CHECK(decode(pieces) == corpus_events());
}

TEST_CASE("an event in one piece is delivered without a copy") {
  const std::string text = "data: first\n\ndata: second\n\n";
  SseDecoder decoder;
  int delivered = 0;
  decoder.feed(text, [&](const SseEvent& e) {
    CHECK(e.data.data() >= text.data());
    CHECK(e.data.data() + e.data.size() <= text.data() + text.size());
    ++delivered;
  });
  CHECK(delivered == 2);
}

TEST_CASE("a stream cut inside an event says so") {
  const auto cut = [](std::string_view text) {
    SseDecoder decoder;
    decoder.feed(text, [](const SseEvent&) {});
    return decoder.inside_event();
  };
  CHECK_FALSE(cut(""));
  CHECK_FALSE(cut("data: a\n\n"));
  CHECK_FALSE(cut("data: a\r\n\r\n"));
  CHECK_FALSE(cut("data: a\r\r"));
  CHECK_FALSE(cut(": ping\n"));
  CHECK(cut("data: a\n"));
  CHECK(cut("data: a"));
  CHECK(cut("d"));
}

TEST_CASE("a line without an end is refused once it passes the limit, not before") {
  SseDecoder decoder;
  const std::string piece(1U << 20U, 'x');
  const auto ignore = [](const SseEvent&) {};
  for (std::size_t fed = 0; fed < SseDecoder::kMaxEvent; fed += piece.size()) {
    REQUIRE(decoder.feed(piece, ignore));
  }
  CHECK_FALSE(decoder.feed("x", ignore));
}

TEST_CASE("an event of endless data lines is refused once it passes the limit") {
  SseDecoder decoder;
  const std::string piece = "data: " + std::string(1U << 20U, 'x') + "\n";
  const auto ignore = [](const SseEvent&) {};
  std::size_t fed = 0;
  while (fed < 2 * SseDecoder::kMaxEvent && decoder.feed(piece, ignore)) fed += piece.size();
  CHECK(fed >= SseDecoder::kMaxEvent - piece.size());
  CHECK(fed < SseDecoder::kMaxEvent + piece.size());
}

TEST_CASE("a long stream of finished events never meets the limit") {
  SseDecoder decoder;
  const std::string piece = "data: " + std::string(1U << 20U, 'x') + "\n\n";
  int events = 0;
  for (int i = 0; i < 20; ++i) {
    REQUIRE(decoder.feed(piece, [&](const SseEvent&) { ++events; }));
  }
  CHECK(events == 20);
}
