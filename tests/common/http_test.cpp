#include <string>
#include <vector>

#include "common/http_parser.hpp"
#include "tests/catch.hpp"

using namespace hopcost;

namespace {

/// Everything a parser hands on, as text; body pieces are joined, because where they are cut is the
/// network's affair.
struct Seen {
  std::string start;
  std::string fields;
  std::string body;
  int headers = 0;

  void on_request(http::verb verb, std::string_view method, std::string_view target) {
    start +=
        std::string(http::to_string(verb)) + "|" + std::string(method) + "|" + std::string(target);
  }
  void on_response(int status) { start += std::to_string(status); }
  void on_field(http::field /*field*/, std::string_view name, std::string_view value) {
    fields += std::string(name) + "=" + std::string(value) + ";";
  }
  void on_header() { ++headers; }
  void on_body(std::string_view bytes) { body += bytes; }
  bool operator==(const Seen&) const = default;
};

struct Outcome {
  Seen seen;
  std::size_t used = 0;
  bool done = false;
  int version = 0;
  error_code ec;
  bool operator==(const Outcome&) const = default;
};

/// Feeds pieces as a connection would: what the parser leaves is offered again with more behind it,
/// each time from other memory.
template <bool kRequest>
Outcome parse(const std::vector<std::string_view>& pieces) {
  Outcome outcome;
  HttpParser<kRequest, Seen> parser(outcome.seen);
  std::string waiting;
  for (const auto piece : pieces) {
    waiting += piece;
    if (outcome.ec) break;
    const std::string offered = waiting;
    const std::size_t used = parser.feed(offered, outcome.ec);
    outcome.used += used;
    waiting.erase(0, used);
  }
  outcome.done = parser.is_done();
  outcome.version = parser.version();
  return outcome;
}

template <bool kRequest>
Outcome parse(std::string_view text) {
  return parse<kRequest>(std::vector<std::string_view>{text});
}

template <bool kRequest>
void check_every_split(const std::string& text) {
  const auto view = std::string_view(text);
  const auto whole = parse<kRequest>(view);
  REQUIRE(whole.done);
  REQUIRE_FALSE(whole.ec);
  for (std::size_t i = 0; i <= view.size(); ++i) {
    INFO("split at " << i);
    REQUIRE(parse<kRequest>({view.substr(0, i), view.substr(i)}) == whole);
  }
  std::vector<std::string_view> bytes;
  for (std::size_t i = 0; i < view.size(); ++i) bytes.push_back(view.substr(i, 1));
  REQUIRE(parse<kRequest>(bytes) == whole);
}

const std::string kPost =
    "POST /v1/chat/completions HTTP/1.1\r\n"
    "Host: 127.0.0.1:8000\r\n"
    "X-Empty:\r\n"
    "X-Long:   spaces around   \r\n"
    "Content-Length: 13\r\n\r\n"
    "{\"a\":[1,2,3]}";

const std::string kChunkedReply =
    "HTTP/1.1 200 OK\r\n"
    "Content-Type: text/event-stream\r\n"
    "Transfer-Encoding: chunked\r\n\r\n"
    "9\r\ndata: a\n\n\r\n"
    "A;ext=1;q=\"x\"\r\ndata: bc\n\n\r\n"
    "0\r\nX-Trailer: t\r\n\r\n";

}  // namespace

TEST_CASE("a request with a body is handed on in its parts") {
  const auto outcome = parse<true>(kPost);
  CHECK(outcome.done);
  CHECK(outcome.seen.start == "POST|POST|/v1/chat/completions");
  CHECK(outcome.seen.fields ==
        "Host=127.0.0.1:8000;X-Empty=;X-Long=spaces around;Content-Length=13;");
  CHECK(outcome.seen.headers == 1);
  CHECK(outcome.seen.body == "{\"a\":[1,2,3]}");
  CHECK(outcome.version == 11);
}

TEST_CASE("a chunked response is handed on without its framing") {
  const auto outcome = parse<false>(kChunkedReply);
  CHECK(outcome.done);
  CHECK(outcome.seen.start == "200");
  CHECK(outcome.seen.body == "data: a\n\ndata: bc\n\n");
  CHECK(outcome.used == kChunkedReply.size());
}

TEST_CASE("a request split at every byte is handed on the same") {
  check_every_split<true>(kPost);
  check_every_split<true>("GET /health HTTP/1.0\r\nHost: x\r\n\r\n");
  check_every_split<true>(
      "PUT /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n");
}

TEST_CASE("a response split at every byte is handed on the same") {
  check_every_split<false>(kChunkedReply);
  check_every_split<false>("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
  check_every_split<false>(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n000\r\nT: v\r\n\r\n");
  check_every_split<false>("HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nabcde");
  check_every_split<false>("HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n");
  check_every_split<false>("HTTP/1.1 204 No Content\r\n\r\n");
}

TEST_CASE("the bytes of the next message are left alone") {
  for (const std::string& text : {kPost, std::string("GET / HTTP/1.1\r\n\r\n")}) {
    const auto outcome = parse<true>(text + kPost);
    CHECK(outcome.done);
    CHECK(outcome.used == text.size());
  }
  const auto reply = parse<false>(kChunkedReply + "HTTP/1.1 200 OK\r\n");
  CHECK(reply.done);
  CHECK(reply.used == kChunkedReply.size());
}

TEST_CASE("a message cut at every byte is unfinished, not wrong") {
  for (std::size_t size = 0; size < kPost.size(); ++size) {
    const auto outcome = parse<true>(std::string_view(kPost).substr(0, size));
    INFO("cut at " << size);
    REQUIRE_FALSE(outcome.done);
    REQUIRE_FALSE(outcome.ec);
  }
  for (std::size_t size = 0; size < kChunkedReply.size(); ++size) {
    const auto outcome = parse<false>(std::string_view(kChunkedReply).substr(0, size));
    INFO("cut at " << size);
    REQUIRE_FALSE(outcome.done);
    REQUIRE_FALSE(outcome.ec);
  }
}

TEST_CASE("an unfinished head leaves bytes to be offered again") {
  Seen seen;
  RequestParser<Seen> parser(seen);
  error_code ec;
  CHECK(parser.feed("GET / HT", ec) == 0);
  CHECK_FALSE(ec);
  CHECK(parser.feed("GET / HTTP/1.1\r\n\r\n", ec) == 18);
  CHECK_FALSE(ec);
  CHECK(parser.is_done());
  CHECK(parser.feed("more", ec) == 0);
  CHECK_FALSE(ec);
}

TEST_CASE("a response without a length ends with the connection") {
  Seen seen;
  ResponseParser<Seen> parser(seen);
  error_code ec;
  parser.feed("HTTP/1.1 200 OK\r\n\r\nabc", ec);
  parser.feed("def", ec);
  CHECK_FALSE(ec);
  CHECK_FALSE(parser.is_done());
  parser.put_eof(ec);
  CHECK_FALSE(ec);
  CHECK(parser.is_done());
  CHECK(seen.body == "abcdef");
}

TEST_CASE("a connection that closes inside a body is a fault") {
  Seen seen;
  ResponseParser<Seen> parser(seen);
  error_code ec;
  parser.feed("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", ec);
  REQUIRE_FALSE(ec);
  parser.put_eof(ec);
  CHECK(ec == http::error::partial_message);
}

TEST_CASE("lengths that contradict each other are refused") {
  const auto fault = [](const std::string& fields) {
    return parse<true>("POST / HTTP/1.1\r\n" + fields + "\r\n").ec;
  };
  CHECK(fault("Content-Length: 5\r\nContent-Length: 6\r\n") ==
        http::error::multiple_content_length);
  CHECK(fault("Content-Length: 5, 6\r\n") == http::error::multiple_content_length);
  CHECK(fault("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n") ==
        http::error::bad_transfer_encoding);
  CHECK(fault("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n") ==
        http::error::bad_content_length);
  CHECK(fault("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n") ==
        http::error::bad_transfer_encoding);
  CHECK(fault("Content-Length: -1\r\n") == http::error::bad_content_length);
  CHECK(fault("Content-Length: x\r\n") == http::error::bad_content_length);
  CHECK(fault("Content-Length: 99999999999999999999\r\n") == http::error::bad_content_length);
  CHECK_FALSE(fault("Content-Length: 5\r\nContent-Length: 5\r\n"));
}

TEST_CASE("what is not HTTP is refused") {
  for (const char* text :
       {"\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/2.0\r\n\r\n", "GET / HTTP/1.1\n\n",
        "GET / HTTP/1.1\r\nno colon\r\n\r\n", "GET / HTTP/1.1\r\n: x\r\n\r\n",
        "GET / HTTP/1.1\r\na b: x\r\n\r\n", "GET / HTTP/1.1\r\na: x\001y\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n\r\n"}) {
    INFO(text);
    CHECK(parse<true>(text).ec);
  }
  for (const char* text :
       {"HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1 xx OK\r\n\r\n", "ICY 200 OK\r\n\r\n"}) {
    INFO(text);
    CHECK(parse<false>(text).ec);
  }
}

TEST_CASE("a quoted chunk extension ends in its line or is refused, wherever the bytes are cut") {
  const std::string head = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string good = head + "3;a=\"b\\\"c\"\r\nxyz\r\n0;d=\"e\"\r\n\r\n";
  const std::vector<std::string> bad{head + "3;a=\"b\r\nxyz\"\r\n0\r\n\r\n",
                                     head + "3\r\nxyz\r\n0;a=\"b\r\nc: d\"\r\n\r\n",
                                     head + "3;a=\"b\\\"\r\nxyz\r\n0\r\n\r\n"};
  for (std::size_t at = 0; at < good.size(); ++at) {
    const std::string_view text = good;
    CHECK_FALSE(parse<true>({text.substr(0, at), text.substr(at)}).ec);
  }
  for (const std::string_view text : bad) {
    INFO(text);
    for (std::size_t at = 0; at < text.size(); ++at) {
      CHECK(parse<true>({text.substr(0, at), text.substr(at)}).ec ==
            http::error::bad_chunk_extension);
    }
  }
}

TEST_CASE("a head larger than the limit is refused, at once or in pieces") {
  const std::string endless = "GET / HTTP/1.1\r\nX: " + std::string(9000, 'x');
  CHECK(parse<true>(endless).ec == http::error::header_limit);
  std::vector<std::string_view> pieces;
  for (std::size_t i = 0; i < endless.size(); i += 100) {
    pieces.push_back(std::string_view(endless).substr(i, 100));
  }
  CHECK(parse<true>(pieces).ec == http::error::header_limit);
}

TEST_CASE("a body larger than the limit is refused, whatever its framing") {
  const auto fault = [](const std::string& text) {
    Seen seen;
    RequestParser<Seen> parser(seen);
    parser.body_limit(8);
    error_code ec;
    parser.feed(text, ec);
    return ec;
  };
  const std::string head = "POST / HTTP/1.1\r\n";
  CHECK_FALSE(fault(head + "Content-Length: 8\r\n\r\n12345678"));
  CHECK(fault(head + "Content-Length: 9\r\n\r\n") == http::error::body_limit);
  const std::string chunked = head + "Transfer-Encoding: chunked\r\n\r\n";
  CHECK_FALSE(fault(chunked + "4\r\n1234\r\n4\r\n1234\r\n0\r\n\r\n"));
  CHECK(fault(chunked + "4\r\n1234\r\n5\r\n12345\r\n0\r\n\r\n") == http::error::body_limit);
}
