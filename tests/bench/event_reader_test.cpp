#include "tests/bench/event_reader.hpp"

#include <string>

#include "tests/catch.hpp"

namespace {

using hopcost::bench::EventReader;

const std::string kChunked =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    "9\r\ndata: a\n\n\r\n12\r\ndata: b\n\ndata: c\n\n\r\n0\r\n\r\n";
const std::string kSized =
    "HTTP/1.1 200 OK\r\nContent-Length: 18\r\nContent-Type: text/event-stream\r\n\r\n"
    "data: a\n\ndata: b\n\n";

std::size_t events_in_pieces(const std::string& answer, std::size_t first, EventReader& reader) {
  const std::string_view all = answer;
  return reader.feed(all.substr(0, first)) + reader.feed(all.substr(first));
}

}  // namespace

TEST_CASE("events are counted the same wherever an answer is cut") {
  for (std::size_t cut = 1; cut < kChunked.size(); ++cut) {
    EventReader reader;
    CAPTURE(cut);
    CHECK(events_in_pieces(kChunked, cut, reader) == 3);
    CHECK(reader.done());
  }
  for (std::size_t cut = 1; cut < kSized.size(); ++cut) {
    EventReader reader;
    CAPTURE(cut);
    CHECK(events_in_pieces(kSized, cut, reader) == 2);
    CHECK(reader.done());
  }
}

TEST_CASE("an answer fed one byte at a time is done at its last byte and not before") {
  for (const std::string& answer : {kChunked, kSized}) {
    EventReader reader;
    for (std::size_t i = 0; i < answer.size(); ++i) {
      CHECK_FALSE(reader.done());
      reader.feed(std::string_view(answer).substr(i, 1));
    }
    CHECK(reader.done());
  }
}

TEST_CASE("a second answer is counted after reset") {
  EventReader reader;
  CHECK(reader.feed(kSized) == 2);
  reader.reset();
  CHECK(reader.feed(kChunked) == 3);
  CHECK(reader.done());
}

TEST_CASE("an answer that cannot be counted fails") {
  const auto fails = [](std::string_view answer) {
    EventReader reader;
    reader.feed(answer);
    return reader.failed();
  };
  CHECK(fails("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"));
  CHECK(fails("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"));
  CHECK(fails("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"));
  CHECK(fails("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab"));
  CHECK(fails(std::string(70'000, 'x')));
}
